// last: 97200 operations, 9600 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 400>;
var<workgroup> held1: array<f32, 400>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_5 = 400 * group;
 let i_13 = 400 * group + lane;
 let i_17 = 400 * group + (lane + 8);
 let i_21 = 400 * group + min(lane + 16, 19);
 for (var row_tile = 0; row_tile < 2 + (group >> 31); row_tile += 1) {
  var results: array<f32, 36>;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_0_2 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  var acc_1_2 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_2_1 = 0.0f;
  var acc_2_2 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_3_1 = 0.0f;
  var acc_3_2 = 0.0f;
  var acc_4_0 = 0.0f;
  var acc_4_1 = 0.0f;
  var acc_4_2 = 0.0f;
  var acc_5_0 = 0.0f;
  var acc_5_1 = 0.0f;
  var acc_5_2 = 0.0f;
  var acc_6_0 = 0.0f;
  var acc_6_1 = 0.0f;
  var acc_6_2 = 0.0f;
  var acc_7_0 = 0.0f;
  var acc_7_1 = 0.0f;
  var acc_7_2 = 0.0f;
  var acc_8_0 = 0.0f;
  var acc_8_1 = 0.0f;
  var acc_8_2 = 0.0f;
  var acc_9_0 = 0.0f;
  var acc_9_1 = 0.0f;
  var acc_9_2 = 0.0f;
  var acc_10_0 = 0.0f;
  var acc_10_1 = 0.0f;
  var acc_10_2 = 0.0f;
  var acc_11_0 = 0.0f;
  var acc_11_1 = 0.0f;
  var acc_11_2 = 0.0f;
  let i_2 = 12 * row_tile;
  for (var k0_block = 0; k0_block < 3 + (group >> 31); k0_block += 1) {
   var k0_left: array<f32, 12>;
   let i_6 = i_5 + min(lane + 8 * k0_block, 19);
   for (var row_each_k0_own = 0; row_each_k0_own < 12 + (group >> 31); row_each_k0_own += 1) {
    k0_left[row_each_k0_own] = arg0[i_6 + 20 * min(i_2 + row_each_k0_own, 19)];
   }
   let i_9 = -8 * k0_block;
   let i_10 = min(i_9 + 20, 8);
   let i_11 = 8 * k0_block;
   for (var k0_step = 0; k0_step < i_10 + (group >> 31); k0_step += 1) {
    let i_12 = i_11 + k0_step;
    let f_15 = arg0[i_13 + 20 * i_12];
    let f_19 = arg0[i_17 + 20 * i_12];
    let f_23 = arg0[i_21 + 20 * i_12];
    let i_24 = u32(k0_step);
    let left = subgroupShuffle(k0_left[0], i_24);
    acc_0_0 = fma(left, f_15, acc_0_0);
    acc_0_1 = fma(left, f_19, acc_0_1);
    acc_0_2 = fma(left, f_23, acc_0_2);
    let f_25 = subgroupShuffle(k0_left[1], i_24);
    acc_1_0 = fma(f_25, f_15, acc_1_0);
    acc_1_1 = fma(f_25, f_19, acc_1_1);
    acc_1_2 = fma(f_25, f_23, acc_1_2);
    let f_26 = subgroupShuffle(k0_left[2], i_24);
    acc_2_0 = fma(f_26, f_15, acc_2_0);
    acc_2_1 = fma(f_26, f_19, acc_2_1);
    acc_2_2 = fma(f_26, f_23, acc_2_2);
    let f_27 = subgroupShuffle(k0_left[3], i_24);
    acc_3_0 = fma(f_27, f_15, acc_3_0);
    acc_3_1 = fma(f_27, f_19, acc_3_1);
    acc_3_2 = fma(f_27, f_23, acc_3_2);
    let f_28 = subgroupShuffle(k0_left[4], i_24);
    acc_4_0 = fma(f_28, f_15, acc_4_0);
    acc_4_1 = fma(f_28, f_19, acc_4_1);
    acc_4_2 = fma(f_28, f_23, acc_4_2);
    let f_29 = subgroupShuffle(k0_left[5], i_24);
    acc_5_0 = fma(f_29, f_15, acc_5_0);
    acc_5_1 = fma(f_29, f_19, acc_5_1);
    acc_5_2 = fma(f_29, f_23, acc_5_2);
    let f_30 = subgroupShuffle(k0_left[6], i_24);
    acc_6_0 = fma(f_30, f_15, acc_6_0);
    acc_6_1 = fma(f_30, f_19, acc_6_1);
    acc_6_2 = fma(f_30, f_23, acc_6_2);
    let f_31 = subgroupShuffle(k0_left[7], i_24);
    acc_7_0 = fma(f_31, f_15, acc_7_0);
    acc_7_1 = fma(f_31, f_19, acc_7_1);
    acc_7_2 = fma(f_31, f_23, acc_7_2);
    let f_32 = subgroupShuffle(k0_left[8], i_24);
    acc_8_0 = fma(f_32, f_15, acc_8_0);
    acc_8_1 = fma(f_32, f_19, acc_8_1);
    acc_8_2 = fma(f_32, f_23, acc_8_2);
    let f_33 = subgroupShuffle(k0_left[9], i_24);
    acc_9_0 = fma(f_33, f_15, acc_9_0);
    acc_9_1 = fma(f_33, f_19, acc_9_1);
    acc_9_2 = fma(f_33, f_23, acc_9_2);
    let f_34 = subgroupShuffle(k0_left[10], i_24);
    acc_10_0 = fma(f_34, f_15, acc_10_0);
    acc_10_1 = fma(f_34, f_19, acc_10_1);
    acc_10_2 = fma(f_34, f_23, acc_10_2);
    let f_35 = subgroupShuffle(k0_left[11], i_24);
    acc_11_0 = fma(f_35, f_15, acc_11_0);
    acc_11_1 = fma(f_35, f_19, acc_11_1);
    acc_11_2 = fma(f_35, f_23, acc_11_2);
   }
  }
  results[0] = acc_0_0;
  results[1] = acc_0_1;
  results[2] = acc_0_2;
  results[3] = acc_1_0;
  results[4] = acc_1_1;
  results[5] = acc_1_2;
  results[6] = acc_2_0;
  results[7] = acc_2_1;
  results[8] = acc_2_2;
  results[9] = acc_3_0;
  results[10] = acc_3_1;
  results[11] = acc_3_2;
  results[12] = acc_4_0;
  results[13] = acc_4_1;
  results[14] = acc_4_2;
  results[15] = acc_5_0;
  results[16] = acc_5_1;
  results[17] = acc_5_2;
  results[18] = acc_6_0;
  results[19] = acc_6_1;
  results[20] = acc_6_2;
  results[21] = acc_7_0;
  results[22] = acc_7_1;
  results[23] = acc_7_2;
  results[24] = acc_8_0;
  results[25] = acc_8_1;
  results[26] = acc_8_2;
  results[27] = acc_9_0;
  results[28] = acc_9_1;
  results[29] = acc_9_2;
  results[30] = acc_10_0;
  results[31] = acc_10_1;
  results[32] = acc_10_2;
  results[33] = acc_11_0;
  results[34] = acc_11_1;
  results[35] = acc_11_2;
  for (var row_each_out = 0; row_each_out < 12 + (group >> 31); row_each_out += 1) {
   let i_36 = i_2 + row_each_out;
   let i_40 = 3 * row_each_out;
   let i_42 = 20 * min(i_36, 19);
   if (i_36 < 20) {
    for (var col_each_out = 0; col_each_out < 3 + (group >> 31); col_each_out += 1) {
     let i_38 = lane + 8 * col_each_out;
     if (i_38 < 20) {
      held0[i_42 + min(i_38, 19)] = results[i_40 + col_each_out];
     }
    }
   }
  }
 }
 workgroupBarrier();
 for (var row_tile_1 = 0; row_tile_1 < 2 + (group >> 31); row_tile_1 += 1) {
  var results1: array<f32, 36>;
  var acc1_0_0 = 0.0f;
  var acc1_0_1 = 0.0f;
  var acc1_0_2 = 0.0f;
  var acc1_1_0 = 0.0f;
  var acc1_1_1 = 0.0f;
  var acc1_1_2 = 0.0f;
  var acc1_2_0 = 0.0f;
  var acc1_2_1 = 0.0f;
  var acc1_2_2 = 0.0f;
  var acc1_3_0 = 0.0f;
  var acc1_3_1 = 0.0f;
  var acc1_3_2 = 0.0f;
  var acc1_4_0 = 0.0f;
  var acc1_4_1 = 0.0f;
  var acc1_4_2 = 0.0f;
  var acc1_5_0 = 0.0f;
  var acc1_5_1 = 0.0f;
  var acc1_5_2 = 0.0f;
  var acc1_6_0 = 0.0f;
  var acc1_6_1 = 0.0f;
  var acc1_6_2 = 0.0f;
  var acc1_7_0 = 0.0f;
  var acc1_7_1 = 0.0f;
  var acc1_7_2 = 0.0f;
  var acc1_8_0 = 0.0f;
  var acc1_8_1 = 0.0f;
  var acc1_8_2 = 0.0f;
  var acc1_9_0 = 0.0f;
  var acc1_9_1 = 0.0f;
  var acc1_9_2 = 0.0f;
  var acc1_10_0 = 0.0f;
  var acc1_10_1 = 0.0f;
  var acc1_10_2 = 0.0f;
  var acc1_11_0 = 0.0f;
  var acc1_11_1 = 0.0f;
  var acc1_11_2 = 0.0f;
  let i_46 = 12 * row_tile_1;
  for (var k0_block_1 = 0; k0_block_1 < 3 + (group >> 31); k0_block_1 += 1) {
   var k0_left1: array<f32, 12>;
   let i_45 = min(lane + 8 * k0_block_1, 19);
   for (var row_each_k0_own_1 = 0; row_each_k0_own_1 < 12 + (group >> 31); row_each_k0_own_1 += 1) {
    k0_left1[row_each_k0_own_1] = held0[i_45 + 20 * min(i_46 + row_each_k0_own_1, 19)];
   }
   let i_50 = -8 * k0_block_1;
   let i_51 = min(i_50 + 20, 8);
   let i_52 = 8 * k0_block_1;
   for (var k0_step_1 = 0; k0_step_1 < i_51 + (group >> 31); k0_step_1 += 1) {
    let i_53 = i_52 + k0_step_1;
    let f_55 = arg0[i_13 + 20 * i_53];
    let f_57 = arg0[i_17 + 20 * i_53];
    let f_59 = arg0[i_21 + 20 * i_53];
    let i_60 = u32(k0_step_1);
    let left1 = subgroupShuffle(k0_left1[0], i_60);
    acc1_0_0 = fma(left1, f_55, acc1_0_0);
    acc1_0_1 = fma(left1, f_57, acc1_0_1);
    acc1_0_2 = fma(left1, f_59, acc1_0_2);
    let f_61 = subgroupShuffle(k0_left1[1], i_60);
    acc1_1_0 = fma(f_61, f_55, acc1_1_0);
    acc1_1_1 = fma(f_61, f_57, acc1_1_1);
    acc1_1_2 = fma(f_61, f_59, acc1_1_2);
    let f_62 = subgroupShuffle(k0_left1[2], i_60);
    acc1_2_0 = fma(f_62, f_55, acc1_2_0);
    acc1_2_1 = fma(f_62, f_57, acc1_2_1);
    acc1_2_2 = fma(f_62, f_59, acc1_2_2);
    let f_63 = subgroupShuffle(k0_left1[3], i_60);
    acc1_3_0 = fma(f_63, f_55, acc1_3_0);
    acc1_3_1 = fma(f_63, f_57, acc1_3_1);
    acc1_3_2 = fma(f_63, f_59, acc1_3_2);
    let f_64 = subgroupShuffle(k0_left1[4], i_60);
    acc1_4_0 = fma(f_64, f_55, acc1_4_0);
    acc1_4_1 = fma(f_64, f_57, acc1_4_1);
    acc1_4_2 = fma(f_64, f_59, acc1_4_2);
    let f_65 = subgroupShuffle(k0_left1[5], i_60);
    acc1_5_0 = fma(f_65, f_55, acc1_5_0);
    acc1_5_1 = fma(f_65, f_57, acc1_5_1);
    acc1_5_2 = fma(f_65, f_59, acc1_5_2);
    let f_66 = subgroupShuffle(k0_left1[6], i_60);
    acc1_6_0 = fma(f_66, f_55, acc1_6_0);
    acc1_6_1 = fma(f_66, f_57, acc1_6_1);
    acc1_6_2 = fma(f_66, f_59, acc1_6_2);
    let f_67 = subgroupShuffle(k0_left1[7], i_60);
    acc1_7_0 = fma(f_67, f_55, acc1_7_0);
    acc1_7_1 = fma(f_67, f_57, acc1_7_1);
    acc1_7_2 = fma(f_67, f_59, acc1_7_2);
    let f_68 = subgroupShuffle(k0_left1[8], i_60);
    acc1_8_0 = fma(f_68, f_55, acc1_8_0);
    acc1_8_1 = fma(f_68, f_57, acc1_8_1);
    acc1_8_2 = fma(f_68, f_59, acc1_8_2);
    let f_69 = subgroupShuffle(k0_left1[9], i_60);
    acc1_9_0 = fma(f_69, f_55, acc1_9_0);
    acc1_9_1 = fma(f_69, f_57, acc1_9_1);
    acc1_9_2 = fma(f_69, f_59, acc1_9_2);
    let f_70 = subgroupShuffle(k0_left1[10], i_60);
    acc1_10_0 = fma(f_70, f_55, acc1_10_0);
    acc1_10_1 = fma(f_70, f_57, acc1_10_1);
    acc1_10_2 = fma(f_70, f_59, acc1_10_2);
    let f_71 = subgroupShuffle(k0_left1[11], i_60);
    acc1_11_0 = fma(f_71, f_55, acc1_11_0);
    acc1_11_1 = fma(f_71, f_57, acc1_11_1);
    acc1_11_2 = fma(f_71, f_59, acc1_11_2);
   }
  }
  results1[0] = acc1_0_0;
  results1[1] = acc1_0_1;
  results1[2] = acc1_0_2;
  results1[3] = acc1_1_0;
  results1[4] = acc1_1_1;
  results1[5] = acc1_1_2;
  results1[6] = acc1_2_0;
  results1[7] = acc1_2_1;
  results1[8] = acc1_2_2;
  results1[9] = acc1_3_0;
  results1[10] = acc1_3_1;
  results1[11] = acc1_3_2;
  results1[12] = acc1_4_0;
  results1[13] = acc1_4_1;
  results1[14] = acc1_4_2;
  results1[15] = acc1_5_0;
  results1[16] = acc1_5_1;
  results1[17] = acc1_5_2;
  results1[18] = acc1_6_0;
  results1[19] = acc1_6_1;
  results1[20] = acc1_6_2;
  results1[21] = acc1_7_0;
  results1[22] = acc1_7_1;
  results1[23] = acc1_7_2;
  results1[24] = acc1_8_0;
  results1[25] = acc1_8_1;
  results1[26] = acc1_8_2;
  results1[27] = acc1_9_0;
  results1[28] = acc1_9_1;
  results1[29] = acc1_9_2;
  results1[30] = acc1_10_0;
  results1[31] = acc1_10_1;
  results1[32] = acc1_10_2;
  results1[33] = acc1_11_0;
  results1[34] = acc1_11_1;
  results1[35] = acc1_11_2;
  for (var row_each_out_1 = 0; row_each_out_1 < 12 + (group >> 31); row_each_out_1 += 1) {
   let i_72 = i_46 + row_each_out_1;
   let i_76 = 3 * row_each_out_1;
   let i_78 = 20 * min(i_72, 19);
   if (i_72 < 20) {
    for (var col_each_out_1 = 0; col_each_out_1 < 3 + (group >> 31); col_each_out_1 += 1) {
     let i_74 = lane + 8 * col_each_out_1;
     if (i_74 < 20) {
      held1[i_78 + min(i_74, 19)] = results1[i_76 + col_each_out_1];
     }
    }
   }
  }
 }
 workgroupBarrier();
 for (var at_2 = lane; at_2 < 400 + (group >> 31); at_2 += 8) {
  let i_80 = i32(u32(at_2) / 20u);
  out0[i_5 + at_2] = held1[at_2] * held1[i_80 + 20 * (at_2 - i_80 * 20)];
 }
}
