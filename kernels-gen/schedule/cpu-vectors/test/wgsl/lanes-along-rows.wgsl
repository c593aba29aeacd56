enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 0;
 let i_1 = 1;
 let i_3 = group - i32(u32(group) / 16u) * 16;
 let i_4 = i_3 * 4;
 let i_5 = i_3 * 4 + 1;
 let i_6 = i_3 * 4 + 2;
 let i_7 = i_3 * 4 + 3;
 var acc_0 = vec2f();
 var acc_1 = vec2f();
 var acc_2 = vec2f();
 var acc_3 = vec2f();
 let i_8 = 16 * i_4;
 let i_11 = 16 * i_5;
 let i_14 = 16 * i_6;
 let i_17 = 16 * i_7;
 let i_20 = 16 * i_0;
 let i_23 = 16 * i_1;
 for (var k0_first = 0; k0_first < 16; k0_first += 8) {
  let k0_at = k0_first + lane;
  let v_26 = vec2f(arg1[i_20 + k0_at], arg1[i_23 + k0_at]);
  acc_0 = fma(vec2f(arg0[i_8 + k0_at]), v_26, acc_0);
  acc_1 = fma(vec2f(arg0[i_11 + k0_at]), v_26, acc_1);
  acc_2 = fma(vec2f(arg0[i_14 + k0_at]), v_26, acc_2);
  acc_3 = fma(vec2f(arg0[i_17 + k0_at]), v_26, acc_3);
 }
 acc_0 = subgroupAdd(acc_0);
 acc_1 = subgroupAdd(acc_1);
 acc_2 = subgroupAdd(acc_2);
 acc_3 = subgroupAdd(acc_3);
 if (lane == 0) {
  out[2 * i_4 + i_0] = acc_0.x;
  out[2 * i_4 + i_1] = acc_0.y;
  out[2 * i_5 + i_0] = acc_1.x;
  out[2 * i_5 + i_1] = acc_1.y;
  out[2 * i_6 + i_0] = acc_2.x;
  out[2 * i_6 + i_1] = acc_2.y;
  out[2 * i_7 + i_0] = acc_3.x;
  out[2 * i_7 + i_1] = acc_3.y;
 }
}
