enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 7) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_3 = (group - i_1 * 2) * 8 + (lane & 7);
 let i_4 = min(i_3, 11 - 1);
 let i_6 = i_1 - i32(u32(i_1) / 7u) * 7;
 let i_7 = i_6 * 4;
 let i_8 = min(i_7, 26 - 1);
 let i_9 = i_6 * 4 + 1;
 let i_10 = min(i_9, 26 - 1);
 let i_11 = i_6 * 4 + 2;
 let i_12 = min(i_11, 26 - 1);
 let i_13 = i_6 * 4 + 3;
 let i_14 = min(i_13, 26 - 1);
 var acc_0 = f32();
 var acc_1 = f32();
 var acc_2 = f32();
 var acc_3 = f32();
 let i_15 = 5 * i_8;
 let i_18 = 5 * i_10;
 let i_21 = 5 * i_12;
 let i_24 = 5 * i_14;
 for (var k0_first = 0; k0_first < 5; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 5 - 1);
  let f_17 = arg0[i_15 + k0_mine];
  let f_20 = arg0[i_18 + k0_mine];
  let f_23 = arg0[i_21 + k0_mine];
  let f_26 = arg0[i_24 + k0_mine];
  let i_27 = min(8, 5 - k0_first);
  for (var step = 0; step < i_27; step += 1) {
   let k0 = k0_first + step;
   let f_29 = arg1[i_4 + 11 * k0];
   let i_30 = u32(step);
   acc_0 = fma(subgroupShuffle(f_17, i_30), f_29, acc_0);
   acc_1 = fma(subgroupShuffle(f_20, i_30), f_29, acc_1);
   acc_2 = fma(subgroupShuffle(f_23, i_30), f_29, acc_2);
   acc_3 = fma(subgroupShuffle(f_26, i_30), f_29, acc_3);
  }
 }
 let f_31 = arg2[i_4];
 if (i_7 < 26) {
  if (i_3 < 11) {
   out[11 * i_8 + i_4] = (acc_0 * 0.5f) + f_31;
  }
 }
 if (i_9 < 26) {
  if (i_3 < 11) {
   out[11 * i_10 + i_4] = (acc_1 * 0.5f) + f_31;
  }
 }
 if (i_11 < 26) {
  if (i_3 < 11) {
   out[11 * i_12 + i_4] = (acc_2 * 0.5f) + f_31;
  }
 }
 if (i_13 < 26) {
  if (i_3 < 11) {
   out[11 * i_14 + i_4] = (acc_3 * 0.5f) + f_31;
  }
 }
}
