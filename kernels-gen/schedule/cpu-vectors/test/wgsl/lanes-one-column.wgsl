enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_2 = group - i32(u32(group) / 9u) * 9;
 var acc_0 = f32();
 let i_3 = 6 * i_2;
 for (var k0_first = 0; k0_first < 6; k0_first += 8) {
  let k0_at = k0_first + lane;
  let k0 = min(k0_at, 6 - 1);
  acc_0 = select(acc_0, fma(arg0[i_3 + k0], arg1[k0], acc_0), k0_at < 6);
 }
 acc_0 = subgroupAdd(acc_0);
 if (lane == 0) {
  out[i_2] = acc_0;
 }
}
