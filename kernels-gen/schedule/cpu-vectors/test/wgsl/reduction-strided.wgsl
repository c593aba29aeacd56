enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = 0.0f;
 let i_0 = 601 * group;
 for (var k0 = lane; k0 < 300; k0 += 8) {
  acc += arg0[i_0 + 2 * k0 + 1];
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  out[group] = acc;
 }
}
