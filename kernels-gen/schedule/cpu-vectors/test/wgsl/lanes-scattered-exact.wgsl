enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 4 * 4) { return; }
 let i_0 = i32(u32(group) / 4u);
 let i_1 = group - i_0 * 4;
 let i_2 = i_1 * 2;
 let i_3 = i_1 * 2 + 1;
 let i_5 = i_0 - i32(u32(i_0) / 4u) * 4;
 var acc_0 = vec2f();
 let i_6 = 8 * i_5;
 let i_9 = 8 * i_2;
 let i_12 = 8 * i_3;
 for (var k0_first = 0; k0_first < 8; k0_first += 8) {
  let k0_at = k0_first + lane;
  acc_0 = fma(vec2f(arg0[i_6 + k0_at]), vec2f(arg1[i_9 + k0_at], arg1[i_12 + k0_at]), acc_0);
 }
 acc_0 = subgroupAdd(acc_0);
 if (lane == 0) {
  out[8 * i_5 + i_2] = acc_0.x;
  out[8 * i_5 + i_3] = acc_0.y;
 }
}
