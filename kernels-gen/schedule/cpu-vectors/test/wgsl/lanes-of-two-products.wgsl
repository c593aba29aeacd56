enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 14) { return; }
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 var acc_2_0 = 0.0f;
 var acc_2_1 = 0.0f;
 var acc_3_0 = 0.0f;
 var acc_3_1 = 0.0f;
 var acc_4_0 = 0.0f;
 var acc_4_1 = 0.0f;
 var acc_5_0 = 0.0f;
 var acc_5_1 = 0.0f;
 let i_0 = min(lane, 3);
 let i_1 = 6 * group;
 let f_3 = arg0[i_0 + 4 * i_1];
 let i_4 = i_1 + 1;
 let f_6 = arg0[i_0 + 4 * i_4];
 let i_7 = min(i_1 + 2, 79);
 let f_9 = arg0[i_0 + 4 * i_7];
 let i_10 = min(i_1 + 3, 79);
 let f_12 = arg0[i_0 + 4 * i_10];
 let i_13 = min(i_1 + 4, 79);
 let f_15 = arg0[i_0 + 4 * i_13];
 let i_16 = min(i_1 + 5, 79);
 let f_18 = arg0[i_0 + 4 * i_16];
 let i_19 = 4 * lane;
 let i_22 = min(lane + 8, 8);
 let i_23 = 4 * i_22;
 for (var k0_step = 0; k0_step < 4; k0_step += 1) {
  let f_21 = arg1[i_19 + k0_step];
  let f_25 = arg1[i_23 + k0_step];
  let i_26 = u32(k0_step);
  let left = subgroupShuffle(f_3, i_26);
  acc_0_0 = fma(left, f_21, acc_0_0);
  acc_0_1 = fma(left, f_25, acc_0_1);
  let f_27 = subgroupShuffle(f_6, i_26);
  acc_1_0 = fma(f_27, f_21, acc_1_0);
  acc_1_1 = fma(f_27, f_25, acc_1_1);
  let f_28 = subgroupShuffle(f_9, i_26);
  acc_2_0 = fma(f_28, f_21, acc_2_0);
  acc_2_1 = fma(f_28, f_25, acc_2_1);
  let f_29 = subgroupShuffle(f_12, i_26);
  acc_3_0 = fma(f_29, f_21, acc_3_0);
  acc_3_1 = fma(f_29, f_25, acc_3_1);
  let f_30 = subgroupShuffle(f_15, i_26);
  acc_4_0 = fma(f_30, f_21, acc_4_0);
  acc_4_1 = fma(f_30, f_25, acc_4_1);
  let f_31 = subgroupShuffle(f_18, i_26);
  acc_5_0 = fma(f_31, f_21, acc_5_0);
  acc_5_1 = fma(f_31, f_25, acc_5_1);
 }
 let i_32 = min(lane, 2);
 let f_35 = 2.0f * arg2[i_32 + 3 * i_1];
 let f_38 = 2.0f * arg2[i_32 + 3 * i_4];
 let f_41 = 2.0f * arg2[i_32 + 3 * i_7];
 let f_44 = 2.0f * arg2[i_32 + 3 * i_10];
 let f_47 = 2.0f * arg2[i_32 + 3 * i_13];
 let f_50 = 2.0f * arg2[i_32 + 3 * i_16];
 let i_51 = 3 * lane;
 let i_54 = 3 * i_22;
 for (var k1_step = 0; k1_step < 3; k1_step += 1) {
  let f_53 = arg3[i_51 + k1_step];
  let f_56 = arg3[i_54 + k1_step];
  let i_57 = u32(k1_step);
  let left1 = subgroupShuffle(f_35, i_57);
  acc_0_0 = fma(left1, f_53, acc_0_0);
  acc_0_1 = fma(left1, f_56, acc_0_1);
  let f_58 = subgroupShuffle(f_38, i_57);
  acc_1_0 = fma(f_58, f_53, acc_1_0);
  acc_1_1 = fma(f_58, f_56, acc_1_1);
  let f_59 = subgroupShuffle(f_41, i_57);
  acc_2_0 = fma(f_59, f_53, acc_2_0);
  acc_2_1 = fma(f_59, f_56, acc_2_1);
  let f_60 = subgroupShuffle(f_44, i_57);
  acc_3_0 = fma(f_60, f_53, acc_3_0);
  acc_3_1 = fma(f_60, f_56, acc_3_1);
  let f_61 = subgroupShuffle(f_47, i_57);
  acc_4_0 = fma(f_61, f_53, acc_4_0);
  acc_4_1 = fma(f_61, f_56, acc_4_1);
  let f_62 = subgroupShuffle(f_50, i_57);
  acc_5_0 = fma(f_62, f_53, acc_5_0);
  acc_5_1 = fma(f_62, f_56, acc_5_1);
 }
 out[lane + 9 * i_1] = acc_0_0;
 if ((lane + 8) < 9) {
  out[i_22 + 9 * i_1] = acc_0_1;
 }
 out[lane + 9 * i_4] = acc_1_0;
 if ((lane + 8) < 9) {
  out[i_22 + 9 * i_4] = acc_1_1;
 }
 if ((i_1 + 2) < 80) {
  out[lane + 9 * i_7] = acc_2_0;
  if ((lane + 8) < 9) {
   out[i_22 + 9 * i_7] = acc_2_1;
  }
 }
 if ((i_1 + 3) < 80) {
  out[lane + 9 * i_10] = acc_3_0;
  if ((lane + 8) < 9) {
   out[i_22 + 9 * i_10] = acc_3_1;
  }
 }
 if ((i_1 + 4) < 80) {
  out[lane + 9 * i_13] = acc_4_0;
  if ((lane + 8) < 9) {
   out[i_22 + 9 * i_13] = acc_4_1;
  }
 }
 if ((i_1 + 5) < 80) {
  out[lane + 9 * i_16] = acc_5_0;
  if ((lane + 8) < 9) {
   out[i_22 + 9 * i_16] = acc_5_1;
  }
 }
}
