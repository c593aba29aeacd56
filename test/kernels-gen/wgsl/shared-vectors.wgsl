enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 2) { return; }
  let i_0 = lane & 3;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 16 + i_0;
  let i_3 = min(col_at0, 20 - 1);
  let col_at1 = i_2 * 16 + i_0 + 4;
  let i_4 = min(col_at1, 20 - 1);
  let col_at2 = i_2 * 16 + i_0 + 8;
  let i_5 = min(col_at2, 20 - 1);
  let col_at3 = i_2 * 16 + i_0 + 12;
  let i_6 = min(col_at3, 20 - 1);
  let i_7 = (lane >> 2u) & 3;
  let i_8 = i32(u32(i_1) / 2u);
  let i_9 = i_1 - i_8 * 2;
  let row_at0 = i_9 * 16 + i_7;
  let i_10 = min(row_at0, 24 - 1);
  let row_at1 = i_9 * 16 + i_7 + 4;
  let i_11 = min(row_at1, 24 - 1);
  let row_at2 = i_9 * 16 + i_7 + 8;
  let i_12 = min(row_at2, 24 - 1);
  let row_at3 = i_9 * 16 + i_7 + 12;
  let i_13 = min(row_at3, 24 - 1);
  let batch_at0 = i_8;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  let i_14 = lane + 0;
  let i_15 = i_14 & 3;
  let i_16 = i_15 * 4;
  let i_17 = (i_14 >> 2u) & 15;
  let i_18 = min(i_9 * 16 + i_16, 24 - 4);
  let i_19 = lane + 16;
  let i_20 = i_19 & 3;
  let i_21 = i_20 * 4;
  let i_22 = (i_19 >> 2u) & 15;
  let i_23 = min(i_9 * 16 + i_21, 24 - 4);
  let i_24 = lane + 32;
  let i_25 = i_24 & 3;
  let i_26 = i_25 * 4;
  let i_27 = (i_24 >> 2u) & 15;
  let i_28 = min(i_9 * 16 + i_26, 24 - 4);
  let i_29 = lane + 48;
  let i_30 = i_29 & 3;
  let i_31 = i_30 * 4;
  let i_32 = (i_29 >> 2u) & 15;
  let i_33 = min(i_9 * 16 + i_31, 24 - 4);
  let i_34 = min(i_2 * 16 + i_17, 20 - 1);
  let i_35 = min(i_2 * 16 + i_22, 20 - 1);
  let i_36 = min(i_2 * 16 + i_27, 20 - 1);
  let i_37 = min(i_2 * 16 + i_32, 20 - 1);
  let i_50 = 40 * i_34;
  let i_54 = 40 * i_35;
  let i_58 = 40 * i_36;
  let i_62 = 40 * i_37;
  for (var k0_first = 0; k0_first < 40; k0_first += 16) {
    workgroupBarrier();
    let k0_a0_at = k0_first + i_17;
    let k0_a0 = min(k0_a0_at, 40 - 1);
    let i_38 = i_18 + 24 * k0_a0;
    let v_39 = vec4<f32>(arg0[(i_38) >> 2u]);
    let v_40 = select(vec4<f32>(), v_39, k0_a0_at < 40);
    staged[i_17 * 16 + i_16] = v_40.x;
    staged[i_17 * 16 + i_16 + 1] = v_40.y;
    staged[i_17 * 16 + i_16 + 2] = v_40.z;
    staged[i_17 * 16 + i_16 + 3] = v_40.w;
    let k0_a1_at = k0_first + i_22;
    let k0_a1 = min(k0_a1_at, 40 - 1);
    let i_41 = i_23 + 24 * k0_a1;
    let v_42 = vec4<f32>(arg0[(i_41) >> 2u]);
    let v_43 = select(vec4<f32>(), v_42, k0_a1_at < 40);
    staged[i_22 * 16 + i_21] = v_43.x;
    staged[i_22 * 16 + i_21 + 1] = v_43.y;
    staged[i_22 * 16 + i_21 + 2] = v_43.z;
    staged[i_22 * 16 + i_21 + 3] = v_43.w;
    let k0_a2_at = k0_first + i_27;
    let k0_a2 = min(k0_a2_at, 40 - 1);
    let i_44 = i_28 + 24 * k0_a2;
    let v_45 = vec4<f32>(arg0[(i_44) >> 2u]);
    let v_46 = select(vec4<f32>(), v_45, k0_a2_at < 40);
    staged[i_27 * 16 + i_26] = v_46.x;
    staged[i_27 * 16 + i_26 + 1] = v_46.y;
    staged[i_27 * 16 + i_26 + 2] = v_46.z;
    staged[i_27 * 16 + i_26 + 3] = v_46.w;
    let k0_a3_at = k0_first + i_32;
    let k0_a3 = min(k0_a3_at, 40 - 1);
    let i_47 = i_33 + 24 * k0_a3;
    let v_48 = vec4<f32>(arg0[(i_47) >> 2u]);
    let v_49 = select(vec4<f32>(), v_48, k0_a3_at < 40);
    staged[i_32 * 16 + i_31] = v_49.x;
    staged[i_32 * 16 + i_31 + 1] = v_49.y;
    staged[i_32 * 16 + i_31 + 2] = v_49.z;
    staged[i_32 * 16 + i_31 + 3] = v_49.w;
    let k0_b0_at = k0_first + i_16;
    let k0_b0 = min(k0_b0_at, 40 - 4);
    let i_51 = i_50 + k0_b0;
    let v_52 = vec4<f32>(arg1[(i_51) >> 2u]);
    let v_53 = select(vec4<f32>(), v_52, k0_b0_at < 40);
    staged[i_16 * 16 + i_17 + 256] = v_53.x;
    staged[i_16 * 16 + i_17 + 256 + 16] = v_53.y;
    staged[i_16 * 16 + i_17 + 256 + 32] = v_53.z;
    staged[i_16 * 16 + i_17 + 256 + 48] = v_53.w;
    let k0_b1_at = k0_first + i_21;
    let k0_b1 = min(k0_b1_at, 40 - 4);
    let i_55 = i_54 + k0_b1;
    let v_56 = vec4<f32>(arg1[(i_55) >> 2u]);
    let v_57 = select(vec4<f32>(), v_56, k0_b1_at < 40);
    staged[i_21 * 16 + i_22 + 256] = v_57.x;
    staged[i_21 * 16 + i_22 + 256 + 16] = v_57.y;
    staged[i_21 * 16 + i_22 + 256 + 32] = v_57.z;
    staged[i_21 * 16 + i_22 + 256 + 48] = v_57.w;
    let k0_b2_at = k0_first + i_26;
    let k0_b2 = min(k0_b2_at, 40 - 4);
    let i_59 = i_58 + k0_b2;
    let v_60 = vec4<f32>(arg1[(i_59) >> 2u]);
    let v_61 = select(vec4<f32>(), v_60, k0_b2_at < 40);
    staged[i_26 * 16 + i_27 + 256] = v_61.x;
    staged[i_26 * 16 + i_27 + 256 + 16] = v_61.y;
    staged[i_26 * 16 + i_27 + 256 + 32] = v_61.z;
    staged[i_26 * 16 + i_27 + 256 + 48] = v_61.w;
    let k0_b3_at = k0_first + i_31;
    let k0_b3 = min(k0_b3_at, 40 - 4);
    let i_63 = i_62 + k0_b3;
    let v_64 = vec4<f32>(arg1[(i_63) >> 2u]);
    let v_65 = select(vec4<f32>(), v_64, k0_b3_at < 40);
    staged[i_31 * 16 + i_32 + 256] = v_65.x;
    staged[i_31 * 16 + i_32 + 256 + 16] = v_65.y;
    staged[i_31 * 16 + i_32 + 256 + 32] = v_65.z;
    staged[i_31 * 16 + i_32 + 256 + 48] = v_65.w;
    workgroupBarrier();
    for (var step = 0; step < 16; step += 4) {
      let a0_0 = staged[step * 16 + i_7 + 0];
      let a1_0 = staged[step * 16 + i_7 + 4];
      let a2_0 = staged[step * 16 + i_7 + 8];
      let a3_0 = staged[step * 16 + i_7 + 12];
      let b0_0 = staged[step * 16 + i_0 + 256];
      let b1_0 = staged[step * 16 + i_0 + 260];
      let b2_0 = staged[step * 16 + i_0 + 264];
      let b3_0 = staged[step * 16 + i_0 + 268];
      let v_66 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
      acc_0 = fma(vec4<f32>(a0_0), v_66, acc_0);
      acc_1 = fma(vec4<f32>(a1_0), v_66, acc_1);
      acc_2 = fma(vec4<f32>(a2_0), v_66, acc_2);
      acc_3 = fma(vec4<f32>(a3_0), v_66, acc_3);
      let a0_1 = staged[step * 16 + i_7 + 16];
      let a1_1 = staged[step * 16 + i_7 + 20];
      let a2_1 = staged[step * 16 + i_7 + 24];
      let a3_1 = staged[step * 16 + i_7 + 28];
      let b0_1 = staged[step * 16 + i_0 + 272];
      let b1_1 = staged[step * 16 + i_0 + 276];
      let b2_1 = staged[step * 16 + i_0 + 280];
      let b3_1 = staged[step * 16 + i_0 + 284];
      let v_67 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
      acc_0 = fma(vec4<f32>(a0_1), v_67, acc_0);
      acc_1 = fma(vec4<f32>(a1_1), v_67, acc_1);
      acc_2 = fma(vec4<f32>(a2_1), v_67, acc_2);
      acc_3 = fma(vec4<f32>(a3_1), v_67, acc_3);
      let a0_2 = staged[step * 16 + i_7 + 32];
      let a1_2 = staged[step * 16 + i_7 + 36];
      let a2_2 = staged[step * 16 + i_7 + 40];
      let a3_2 = staged[step * 16 + i_7 + 44];
      let b0_2 = staged[step * 16 + i_0 + 288];
      let b1_2 = staged[step * 16 + i_0 + 292];
      let b2_2 = staged[step * 16 + i_0 + 296];
      let b3_2 = staged[step * 16 + i_0 + 300];
      let v_68 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
      acc_0 = fma(vec4<f32>(a0_2), v_68, acc_0);
      acc_1 = fma(vec4<f32>(a1_2), v_68, acc_1);
      acc_2 = fma(vec4<f32>(a2_2), v_68, acc_2);
      acc_3 = fma(vec4<f32>(a3_2), v_68, acc_3);
      let a0_3 = staged[step * 16 + i_7 + 48];
      let a1_3 = staged[step * 16 + i_7 + 52];
      let a2_3 = staged[step * 16 + i_7 + 56];
      let a3_3 = staged[step * 16 + i_7 + 60];
      let b0_3 = staged[step * 16 + i_0 + 304];
      let b1_3 = staged[step * 16 + i_0 + 308];
      let b2_3 = staged[step * 16 + i_0 + 312];
      let b3_3 = staged[step * 16 + i_0 + 316];
      let v_69 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
      acc_0 = fma(vec4<f32>(a0_3), v_69, acc_0);
      acc_1 = fma(vec4<f32>(a1_3), v_69, acc_1);
      acc_2 = fma(vec4<f32>(a2_3), v_69, acc_2);
      acc_3 = fma(vec4<f32>(a3_3), v_69, acc_3);
    }
  }
  let v_70 = arg0[6];
  let f_71 = f32(v_70.z);
  let f_72 = f_71 * 2.0f;
  let i_73 = 20 * i_10 + i_3;
  let i_74 = 20 * i_10 + i_4;
  let i_75 = 20 * i_10 + i_5;
  let i_76 = 20 * i_10 + i_6;
  if (row_at0 < 24) {
    if (col_at0 < 20) {
      out[i_73] = acc_0.x + f_72;
    }
    if (col_at1 < 20) {
      out[i_74] = acc_0.y + f_72;
    }
    if (col_at2 < 20) {
      out[i_75] = acc_0.z + f_72;
    }
    if (col_at3 < 20) {
      out[i_76] = acc_0.w + f_72;
    }
  }
  let i_77 = 20 * i_11 + i_3;
  let i_78 = 20 * i_11 + i_4;
  let i_79 = 20 * i_11 + i_5;
  let i_80 = 20 * i_11 + i_6;
  if (row_at1 < 24) {
    if (col_at0 < 20) {
      out[i_77] = acc_1.x + f_72;
    }
    if (col_at1 < 20) {
      out[i_78] = acc_1.y + f_72;
    }
    if (col_at2 < 20) {
      out[i_79] = acc_1.z + f_72;
    }
    if (col_at3 < 20) {
      out[i_80] = acc_1.w + f_72;
    }
  }
  let i_81 = 20 * i_12 + i_3;
  let i_82 = 20 * i_12 + i_4;
  let i_83 = 20 * i_12 + i_5;
  let i_84 = 20 * i_12 + i_6;
  if (row_at2 < 24) {
    if (col_at0 < 20) {
      out[i_81] = acc_2.x + f_72;
    }
    if (col_at1 < 20) {
      out[i_82] = acc_2.y + f_72;
    }
    if (col_at2 < 20) {
      out[i_83] = acc_2.z + f_72;
    }
    if (col_at3 < 20) {
      out[i_84] = acc_2.w + f_72;
    }
  }
  let i_85 = 20 * i_13 + i_3;
  let i_86 = 20 * i_13 + i_4;
  let i_87 = 20 * i_13 + i_5;
  let i_88 = 20 * i_13 + i_6;
  if (row_at3 < 24) {
    if (col_at0 < 20) {
      out[i_85] = acc_3.x + f_72;
    }
    if (col_at1 < 20) {
      out[i_86] = acc_3.y + f_72;
    }
    if (col_at2 < 20) {
      out[i_87] = acc_3.z + f_72;
    }
    if (col_at3 < 20) {
      out[i_88] = acc_3.w + f_72;
    }
  }
}
