enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_2 = group - i32(u32(group) / 128u) * 128;
 let i_3 = i_2 * 16 + i_0;
 let i_4 = i_2 * 16 + i_0 + 8;
 let i_5 = 0;
 let i_6 = 1;
 var acc_0_0 = vec4f();
 var acc_0_1 = vec4f();
 var acc_1_0 = vec4f();
 var acc_1_1 = vec4f();
 let i_7 = 2 * i_5;
 let i_10 = 2 * i_6;
 for (var k0_first = 0; k0_first < 2; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 2 - 1);
  let f_9 = arg0[i_7 + k0_mine];
  let f_12 = arg0[i_10 + k0_mine];
  let i_13 = min(8, 2 - k0_first);
  for (var step = 0; step < i_13; step += 1) {
   let k0 = k0_first + step;
   let v_15 = arg1[i_3 + 2048 * k0];
   let v_21 = arg1[i_4 + 2048 * k0];
   let i_26 = u32(step);
   let v_27 = vec4f(v_15.x, v_15.y, v_15.z, v_15.w);
   let v_28 = vec4f(v_21.x, v_21.y, v_21.z, v_21.w);
   let v_29 = subgroupShuffle(f_9, i_26);
   let v_30 = subgroupShuffle(f_12, i_26);
   acc_0_0 = fma(vec4f(v_29), v_27, acc_0_0);
   acc_1_0 = fma(vec4f(v_30), v_27, acc_1_0);
   acc_0_1 = fma(vec4f(v_29), v_28, acc_0_1);
   acc_1_1 = fma(vec4f(v_30), v_28, acc_1_1);
  }
 }
 out[2048 * i_5 + i_3] = acc_0_0;
 out[2048 * i_5 + i_4] = acc_0_1;
 out[2048 * i_6 + i_3] = acc_1_0;
 out[2048 * i_6 + i_4] = acc_1_1;
}
