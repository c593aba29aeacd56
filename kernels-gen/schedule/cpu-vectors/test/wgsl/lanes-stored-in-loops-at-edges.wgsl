enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 6) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 32 + i_0;
  let i_3 = min(col_at0, 50 - 1);
  let col_at1 = i_2 * 32 + i_0 + 8;
  let i_4 = min(col_at1, 50 - 1);
  let col_at2 = i_2 * 32 + i_0 + 16;
  let i_5 = min(col_at2, 50 - 1);
  let col_at3 = i_2 * 32 + i_0 + 24;
  let i_6 = min(col_at3, 50 - 1);
  let i_7 = i32(u32(i_1) / 6u);
  let i_8 = i_1 - i_7 * 6;
  let row_at0 = i_8 * 12;
  let i_9 = min(row_at0, 65 - 1);
  let row_at1 = i_8 * 12 + 1;
  let i_10 = min(row_at1, 65 - 1);
  let row_at2 = i_8 * 12 + 2;
  let i_11 = min(row_at2, 65 - 1);
  let row_at3 = i_8 * 12 + 3;
  let i_12 = min(row_at3, 65 - 1);
  let row_at4 = i_8 * 12 + 4;
  let i_13 = min(row_at4, 65 - 1);
  let row_at5 = i_8 * 12 + 5;
  let i_14 = min(row_at5, 65 - 1);
  let row_at6 = i_8 * 12 + 6;
  let i_15 = min(row_at6, 65 - 1);
  let row_at7 = i_8 * 12 + 7;
  let i_16 = min(row_at7, 65 - 1);
  let row_at8 = i_8 * 12 + 8;
  let i_17 = min(row_at8, 65 - 1);
  let row_at9 = i_8 * 12 + 9;
  let i_18 = min(row_at9, 65 - 1);
  let row_at10 = i_8 * 12 + 10;
  let i_19 = min(row_at10, 65 - 1);
  let row_at11 = i_8 * 12 + 11;
  let i_20 = min(row_at11, 65 - 1);
  let batch_at0 = i_7;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  var acc_4 = vec4<f32>();
  var acc_5 = vec4<f32>();
  var acc_6 = vec4<f32>();
  var acc_7 = vec4<f32>();
  var acc_8 = vec4<f32>();
  var acc_9 = vec4<f32>();
  var acc_10 = vec4<f32>();
  var acc_11 = vec4<f32>();
  for (var k0_first = 0; k0_first < 3; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 3 - 1);
    var loaded: array<f32, 12>;
    for (var i = 0; i < 12 + (group >> 31u); i += 1) {
      let row_at = row_at0 + i;
      let i_21 = min(row_at, 65 - 1);
      let i_22 = k0_mine + 3 * i_21;
      let f_23 = arg0[i_22];
      loaded[i] = f_23;
    }
    let i_24 = min(8, 3 - k0_first);
    for (var step = 0; step < i_24; step += 1) {
      let k0 = k0_first + step;
      let i_25 = i_3 + 50 * k0;
      let f_26 = arg1[i_25];
      let i_27 = i_4 + 50 * k0;
      let f_28 = arg1[i_27];
      let i_29 = i_5 + 50 * k0;
      let f_30 = arg1[i_29];
      let i_31 = i_6 + 50 * k0;
      let f_32 = arg1[i_31];
      let i_33 = u32(step);
      let v_34 = vec4<f32>(f_26, f_28, f_30, f_32);
      acc_0 = fma(vec4<f32>(subgroupShuffle(loaded[0], i_33)), v_34, acc_0);
      acc_1 = fma(vec4<f32>(subgroupShuffle(loaded[1], i_33)), v_34, acc_1);
      acc_2 = fma(vec4<f32>(subgroupShuffle(loaded[2], i_33)), v_34, acc_2);
      acc_3 = fma(vec4<f32>(subgroupShuffle(loaded[3], i_33)), v_34, acc_3);
      acc_4 = fma(vec4<f32>(subgroupShuffle(loaded[4], i_33)), v_34, acc_4);
      acc_5 = fma(vec4<f32>(subgroupShuffle(loaded[5], i_33)), v_34, acc_5);
      acc_6 = fma(vec4<f32>(subgroupShuffle(loaded[6], i_33)), v_34, acc_6);
      acc_7 = fma(vec4<f32>(subgroupShuffle(loaded[7], i_33)), v_34, acc_7);
      acc_8 = fma(vec4<f32>(subgroupShuffle(loaded[8], i_33)), v_34, acc_8);
      acc_9 = fma(vec4<f32>(subgroupShuffle(loaded[9], i_33)), v_34, acc_9);
      acc_10 = fma(vec4<f32>(subgroupShuffle(loaded[10], i_33)), v_34, acc_10);
      acc_11 = fma(vec4<f32>(subgroupShuffle(loaded[11], i_33)), v_34, acc_11);
    }
  }
  var results: array<f32, 48>;
  results[0] = acc_0.x;
  results[1] = acc_0.y;
  results[2] = acc_0.z;
  results[3] = acc_0.w;
  results[4] = acc_1.x;
  results[5] = acc_1.y;
  results[6] = acc_1.z;
  results[7] = acc_1.w;
  results[8] = acc_2.x;
  results[9] = acc_2.y;
  results[10] = acc_2.z;
  results[11] = acc_2.w;
  results[12] = acc_3.x;
  results[13] = acc_3.y;
  results[14] = acc_3.z;
  results[15] = acc_3.w;
  results[16] = acc_4.x;
  results[17] = acc_4.y;
  results[18] = acc_4.z;
  results[19] = acc_4.w;
  results[20] = acc_5.x;
  results[21] = acc_5.y;
  results[22] = acc_5.z;
  results[23] = acc_5.w;
  results[24] = acc_6.x;
  results[25] = acc_6.y;
  results[26] = acc_6.z;
  results[27] = acc_6.w;
  results[28] = acc_7.x;
  results[29] = acc_7.y;
  results[30] = acc_7.z;
  results[31] = acc_7.w;
  results[32] = acc_8.x;
  results[33] = acc_8.y;
  results[34] = acc_8.z;
  results[35] = acc_8.w;
  results[36] = acc_9.x;
  results[37] = acc_9.y;
  results[38] = acc_9.z;
  results[39] = acc_9.w;
  results[40] = acc_10.x;
  results[41] = acc_10.y;
  results[42] = acc_10.z;
  results[43] = acc_10.w;
  results[44] = acc_11.x;
  results[45] = acc_11.y;
  results[46] = acc_11.z;
  results[47] = acc_11.w;
  for (var i = 0; i < 12 + (group >> 31u); i += 1) {
    let row_at = row_at0 + i;
    if (row_at < 65) {
      let i_36 = 50 * row_at;
      for (var j = 0; j < 4 + (group >> 31u); j += 1) {
        let col_at = col_at0 + j * 8;
        if (col_at < 50) {
          let result = results[i * 4 + j];
          let f_35 = arg2[col_at];
          let i_37 = i_36 + col_at;
          out[i_37] = (result * 0.5f) + f_35;
        }
      }
    }
  }
}
