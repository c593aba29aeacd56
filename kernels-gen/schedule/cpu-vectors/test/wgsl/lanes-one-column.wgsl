enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = 0.0f;
 if (lane < 6) {
  acc = fma(arg0[6 * group + lane], arg1[lane], acc);
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  out[group] = acc;
 }
}
