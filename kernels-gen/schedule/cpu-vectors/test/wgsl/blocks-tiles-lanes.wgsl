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
 let i_0 = lane & 7;
 let i_33 = 400 * group;
 {
  for (var tile = 0; tile < 2 + (group >> 31); tile += 1) {
   let i_6 = i32(u32(tile) / 2u);
   let i_8 = (tile - i_6 * 2) * 12;
   var acc_0_0 = f32();
   var acc_0_1 = f32();
   var acc_0_2 = f32();
   var acc_1_0 = f32();
   var acc_1_1 = f32();
   var acc_1_2 = f32();
   var acc_2_0 = f32();
   var acc_2_1 = f32();
   var acc_2_2 = f32();
   var acc_3_0 = f32();
   var acc_3_1 = f32();
   var acc_3_2 = f32();
   var acc_4_0 = f32();
   var acc_4_1 = f32();
   var acc_4_2 = f32();
   var acc_5_0 = f32();
   var acc_5_1 = f32();
   var acc_5_2 = f32();
   var acc_6_0 = f32();
   var acc_6_1 = f32();
   var acc_6_2 = f32();
   var acc_7_0 = f32();
   var acc_7_1 = f32();
   var acc_7_2 = f32();
   var acc_8_0 = f32();
   var acc_8_1 = f32();
   var acc_8_2 = f32();
   var acc_9_0 = f32();
   var acc_9_1 = f32();
   var acc_9_2 = f32();
   var acc_10_0 = f32();
   var acc_10_1 = f32();
   var acc_10_2 = f32();
   var acc_11_0 = f32();
   var acc_11_1 = f32();
   var acc_11_2 = f32();
   let i_38 = i_33 + min(i_0, 20 - 1);
   let i_41 = i_33 + min(i_0 + 8, 20 - 1);
   let i_44 = i_33 + min(i_0 + 16, 20 - 1);
   for (var k0_first = 0; k0_first < 20 + (group >> 31); k0_first += 8) {
    let k0_mine = min(k0_first + lane, 20 - 1);
    var loaded: array<f32, 12>;
    let i_34 = i_33 + k0_mine;
    for (var i = 0; i < 12 + (group >> 31); i += 1) {
     let row_at = i_8 + i;
     let i_32 = min(row_at, 20 - 1);
     loaded[i] = arg0[i_34 + 20 * i_32];
    }
    let i_37 = min(8, 20 - k0_first);
    for (var step = 0; step < i_37 + (group >> 31); step += 1) {
     let k0 = k0_first + step;
     let f_40 = arg0[i_38 + 20 * k0];
     let f_43 = arg0[i_41 + 20 * k0];
     let f_46 = arg0[i_44 + 20 * k0];
     let i_47 = u32(step);
     let v_48 = subgroupShuffle(loaded[0], i_47);
     acc_0_0 = fma(v_48, f_40, acc_0_0);
     acc_0_1 = fma(v_48, f_43, acc_0_1);
     acc_0_2 = fma(v_48, f_46, acc_0_2);
     let v_49 = subgroupShuffle(loaded[1], i_47);
     acc_1_0 = fma(v_49, f_40, acc_1_0);
     acc_1_1 = fma(v_49, f_43, acc_1_1);
     acc_1_2 = fma(v_49, f_46, acc_1_2);
     let v_50 = subgroupShuffle(loaded[2], i_47);
     acc_2_0 = fma(v_50, f_40, acc_2_0);
     acc_2_1 = fma(v_50, f_43, acc_2_1);
     acc_2_2 = fma(v_50, f_46, acc_2_2);
     let v_51 = subgroupShuffle(loaded[3], i_47);
     acc_3_0 = fma(v_51, f_40, acc_3_0);
     acc_3_1 = fma(v_51, f_43, acc_3_1);
     acc_3_2 = fma(v_51, f_46, acc_3_2);
     let v_52 = subgroupShuffle(loaded[4], i_47);
     acc_4_0 = fma(v_52, f_40, acc_4_0);
     acc_4_1 = fma(v_52, f_43, acc_4_1);
     acc_4_2 = fma(v_52, f_46, acc_4_2);
     let v_53 = subgroupShuffle(loaded[5], i_47);
     acc_5_0 = fma(v_53, f_40, acc_5_0);
     acc_5_1 = fma(v_53, f_43, acc_5_1);
     acc_5_2 = fma(v_53, f_46, acc_5_2);
     let v_54 = subgroupShuffle(loaded[6], i_47);
     acc_6_0 = fma(v_54, f_40, acc_6_0);
     acc_6_1 = fma(v_54, f_43, acc_6_1);
     acc_6_2 = fma(v_54, f_46, acc_6_2);
     let v_55 = subgroupShuffle(loaded[7], i_47);
     acc_7_0 = fma(v_55, f_40, acc_7_0);
     acc_7_1 = fma(v_55, f_43, acc_7_1);
     acc_7_2 = fma(v_55, f_46, acc_7_2);
     let v_56 = subgroupShuffle(loaded[8], i_47);
     acc_8_0 = fma(v_56, f_40, acc_8_0);
     acc_8_1 = fma(v_56, f_43, acc_8_1);
     acc_8_2 = fma(v_56, f_46, acc_8_2);
     let v_57 = subgroupShuffle(loaded[9], i_47);
     acc_9_0 = fma(v_57, f_40, acc_9_0);
     acc_9_1 = fma(v_57, f_43, acc_9_1);
     acc_9_2 = fma(v_57, f_46, acc_9_2);
     let v_58 = subgroupShuffle(loaded[10], i_47);
     acc_10_0 = fma(v_58, f_40, acc_10_0);
     acc_10_1 = fma(v_58, f_43, acc_10_1);
     acc_10_2 = fma(v_58, f_46, acc_10_2);
     let v_59 = subgroupShuffle(loaded[11], i_47);
     acc_11_0 = fma(v_59, f_40, acc_11_0);
     acc_11_1 = fma(v_59, f_43, acc_11_1);
     acc_11_2 = fma(v_59, f_46, acc_11_2);
    }
   }
   var results = array(acc_0_0, acc_0_1, acc_0_2, acc_1_0, acc_1_1, acc_1_2, acc_2_0, acc_2_1, acc_2_2, acc_3_0, acc_3_1, acc_3_2, acc_4_0, acc_4_1, acc_4_2, acc_5_0, acc_5_1, acc_5_2, acc_6_0, acc_6_1, acc_6_2, acc_7_0, acc_7_1, acc_7_2, acc_8_0, acc_8_1, acc_8_2, acc_9_0, acc_9_1, acc_9_2, acc_10_0, acc_10_1, acc_10_2, acc_11_0, acc_11_1, acc_11_2);
   for (var i = 0; i < 12 + (group >> 31); i += 1) {
    let row_at = i_8 + i;
    if (row_at < 20) {
     let i_60 = 20 * row_at;
     for (var j = 0; j < 3 + (group >> 31); j += 1) {
      let col_at = i_0 + j * 8;
      if (col_at < 20) {
       let result = results[i * 3 + j];
       held0[i_60 + col_at] = result;
      }
     }
    }
   }
  }
 }
 workgroupBarrier();
 {
  for (var tile = 0; tile < 2 + (group >> 31); tile += 1) {
   let i_67 = i32(u32(tile) / 2u);
   let i_69 = (tile - i_67 * 2) * 12;
   var acc_0_0 = f32();
   var acc_0_1 = f32();
   var acc_0_2 = f32();
   var acc_1_0 = f32();
   var acc_1_1 = f32();
   var acc_1_2 = f32();
   var acc_2_0 = f32();
   var acc_2_1 = f32();
   var acc_2_2 = f32();
   var acc_3_0 = f32();
   var acc_3_1 = f32();
   var acc_3_2 = f32();
   var acc_4_0 = f32();
   var acc_4_1 = f32();
   var acc_4_2 = f32();
   var acc_5_0 = f32();
   var acc_5_1 = f32();
   var acc_5_2 = f32();
   var acc_6_0 = f32();
   var acc_6_1 = f32();
   var acc_6_2 = f32();
   var acc_7_0 = f32();
   var acc_7_1 = f32();
   var acc_7_2 = f32();
   var acc_8_0 = f32();
   var acc_8_1 = f32();
   var acc_8_2 = f32();
   var acc_9_0 = f32();
   var acc_9_1 = f32();
   var acc_9_2 = f32();
   var acc_10_0 = f32();
   var acc_10_1 = f32();
   var acc_10_2 = f32();
   var acc_11_0 = f32();
   var acc_11_1 = f32();
   var acc_11_2 = f32();
   let i_97 = i_33 + min(i_0, 20 - 1);
   let i_100 = i_33 + min(i_0 + 8, 20 - 1);
   let i_103 = i_33 + min(i_0 + 16, 20 - 1);
   for (var k0_first = 0; k0_first < 20 + (group >> 31); k0_first += 8) {
    let k0_mine = min(k0_first + lane, 20 - 1);
    var loaded: array<f32, 12>;
    for (var i = 0; i < 12 + (group >> 31); i += 1) {
     let row_at = i_69 + i;
     let i_93 = min(row_at, 20 - 1);
     loaded[i] = held0[k0_mine + 20 * i_93];
    }
    let i_96 = min(8, 20 - k0_first);
    for (var step = 0; step < i_96 + (group >> 31); step += 1) {
     let k0 = k0_first + step;
     let f_99 = arg0[i_97 + 20 * k0];
     let f_102 = arg0[i_100 + 20 * k0];
     let f_105 = arg0[i_103 + 20 * k0];
     let i_106 = u32(step);
     let v_107 = subgroupShuffle(loaded[0], i_106);
     acc_0_0 = fma(v_107, f_99, acc_0_0);
     acc_0_1 = fma(v_107, f_102, acc_0_1);
     acc_0_2 = fma(v_107, f_105, acc_0_2);
     let v_108 = subgroupShuffle(loaded[1], i_106);
     acc_1_0 = fma(v_108, f_99, acc_1_0);
     acc_1_1 = fma(v_108, f_102, acc_1_1);
     acc_1_2 = fma(v_108, f_105, acc_1_2);
     let v_109 = subgroupShuffle(loaded[2], i_106);
     acc_2_0 = fma(v_109, f_99, acc_2_0);
     acc_2_1 = fma(v_109, f_102, acc_2_1);
     acc_2_2 = fma(v_109, f_105, acc_2_2);
     let v_110 = subgroupShuffle(loaded[3], i_106);
     acc_3_0 = fma(v_110, f_99, acc_3_0);
     acc_3_1 = fma(v_110, f_102, acc_3_1);
     acc_3_2 = fma(v_110, f_105, acc_3_2);
     let v_111 = subgroupShuffle(loaded[4], i_106);
     acc_4_0 = fma(v_111, f_99, acc_4_0);
     acc_4_1 = fma(v_111, f_102, acc_4_1);
     acc_4_2 = fma(v_111, f_105, acc_4_2);
     let v_112 = subgroupShuffle(loaded[5], i_106);
     acc_5_0 = fma(v_112, f_99, acc_5_0);
     acc_5_1 = fma(v_112, f_102, acc_5_1);
     acc_5_2 = fma(v_112, f_105, acc_5_2);
     let v_113 = subgroupShuffle(loaded[6], i_106);
     acc_6_0 = fma(v_113, f_99, acc_6_0);
     acc_6_1 = fma(v_113, f_102, acc_6_1);
     acc_6_2 = fma(v_113, f_105, acc_6_2);
     let v_114 = subgroupShuffle(loaded[7], i_106);
     acc_7_0 = fma(v_114, f_99, acc_7_0);
     acc_7_1 = fma(v_114, f_102, acc_7_1);
     acc_7_2 = fma(v_114, f_105, acc_7_2);
     let v_115 = subgroupShuffle(loaded[8], i_106);
     acc_8_0 = fma(v_115, f_99, acc_8_0);
     acc_8_1 = fma(v_115, f_102, acc_8_1);
     acc_8_2 = fma(v_115, f_105, acc_8_2);
     let v_116 = subgroupShuffle(loaded[9], i_106);
     acc_9_0 = fma(v_116, f_99, acc_9_0);
     acc_9_1 = fma(v_116, f_102, acc_9_1);
     acc_9_2 = fma(v_116, f_105, acc_9_2);
     let v_117 = subgroupShuffle(loaded[10], i_106);
     acc_10_0 = fma(v_117, f_99, acc_10_0);
     acc_10_1 = fma(v_117, f_102, acc_10_1);
     acc_10_2 = fma(v_117, f_105, acc_10_2);
     let v_118 = subgroupShuffle(loaded[11], i_106);
     acc_11_0 = fma(v_118, f_99, acc_11_0);
     acc_11_1 = fma(v_118, f_102, acc_11_1);
     acc_11_2 = fma(v_118, f_105, acc_11_2);
    }
   }
   var results = array(acc_0_0, acc_0_1, acc_0_2, acc_1_0, acc_1_1, acc_1_2, acc_2_0, acc_2_1, acc_2_2, acc_3_0, acc_3_1, acc_3_2, acc_4_0, acc_4_1, acc_4_2, acc_5_0, acc_5_1, acc_5_2, acc_6_0, acc_6_1, acc_6_2, acc_7_0, acc_7_1, acc_7_2, acc_8_0, acc_8_1, acc_8_2, acc_9_0, acc_9_1, acc_9_2, acc_10_0, acc_10_1, acc_10_2, acc_11_0, acc_11_1, acc_11_2);
   for (var i = 0; i < 12 + (group >> 31); i += 1) {
    let row_at = i_69 + i;
    if (row_at < 20) {
     let i_119 = 20 * row_at;
     for (var j = 0; j < 3 + (group >> 31); j += 1) {
      let col_at = i_0 + j * 8;
      if (col_at < 20) {
       let result = results[i * 3 + j];
       held1[i_119 + col_at] = result;
      }
     }
    }
   }
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 400 + (group >> 31); at += 8) {
   let i_122 = i32(u32(at) / 20u);
   out0[i_33 + at] = held1[at] * held1[i_122 + 20 * (at - i_122 * 20)];
  }
 }
}
