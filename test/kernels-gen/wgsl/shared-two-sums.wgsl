@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 128) { return; }
  let i_0 = lane & 15;
  let col_at0 = i_0;
  let i_1 = min(col_at0, 40 - 1);
  let col_at1 = i_0 + 16;
  let i_2 = min(col_at1, 40 - 1);
  let col_at2 = i_0 + 32;
  let i_3 = min(col_at2, 40 - 1);
  let col_at3 = i_0 + 48;
  let i_4 = min(col_at3, 40 - 1);
  let i_5 = (lane >> 4u) & 15;
  let row_at0 = i_5;
  let i_6 = min(row_at0, 33 - 1);
  let row_at1 = i_5 + 16;
  let i_7 = min(row_at1, 33 - 1);
  let row_at2 = i_5 + 32;
  let i_8 = min(row_at2, 33 - 1);
  let row_at3 = i_5 + 48;
  let i_9 = min(row_at3, 33 - 1);
  let batch_at0 = group;
  var acc_0_0 = 0.0f;
  var acc_0_1 = 0.0f;
  var acc_0_2 = 0.0f;
  var acc_0_3 = 0.0f;
  var acc_1_0 = 0.0f;
  var acc_1_1 = 0.0f;
  var acc_1_2 = 0.0f;
  var acc_1_3 = 0.0f;
  var acc_2_0 = 0.0f;
  var acc_2_1 = 0.0f;
  var acc_2_2 = 0.0f;
  var acc_2_3 = 0.0f;
  var acc_3_0 = 0.0f;
  var acc_3_1 = 0.0f;
  var acc_3_2 = 0.0f;
  var acc_3_3 = 0.0f;
  let i_10 = lane + 0;
  let i_11 = i_10 & 15;
  let i_12 = (i_10 >> 4u) & 63;
  let i_13 = min(0 + i_12, 33 - 1);
  let i_14 = lane + 256;
  let i_15 = i_14 & 15;
  let i_16 = (i_14 >> 4u) & 63;
  let i_17 = min(0 + i_16, 33 - 1);
  let i_18 = lane + 512;
  let i_19 = i_18 & 15;
  let i_20 = (i_18 >> 4u) & 63;
  let i_21 = min(0 + i_20, 33 - 1);
  let i_22 = lane + 768;
  let i_23 = i_22 & 15;
  let i_24 = (i_22 >> 4u) & 63;
  let i_25 = min(0 + i_24, 33 - 1);
  let i_26 = i_10 & 63;
  let i_27 = (i_10 >> 6u) & 15;
  let i_28 = min(0 + i_26, 40 - 1);
  let i_29 = i_14 & 63;
  let i_30 = (i_14 >> 6u) & 15;
  let i_31 = min(0 + i_29, 40 - 1);
  let i_32 = i_18 & 63;
  let i_33 = (i_18 >> 6u) & 15;
  let i_34 = min(0 + i_32, 40 - 1);
  let i_35 = i_22 & 63;
  let i_36 = (i_22 >> 6u) & 15;
  let i_37 = min(0 + i_35, 40 - 1);
  let i_38 = 495 * batch_at0 + 15 * i_13;
  let i_42 = 495 * batch_at0 + 15 * i_17;
  let i_46 = 495 * batch_at0 + 15 * i_21;
  let i_50 = 495 * batch_at0 + 15 * i_25;
  let i_54 = 40 * batch_at0 + i_28;
  let i_58 = 40 * batch_at0 + i_31;
  let i_62 = 40 * batch_at0 + i_34;
  let i_66 = 40 * batch_at0 + i_37;
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_39 = i_38 + 5 * k0;
    let i_43 = i_42 + 5 * k0;
    let i_47 = i_46 + 5 * k0;
    let i_51 = i_50 + 5 * k0;
    let i_55 = i_54 + 25600 * k0;
    let i_59 = i_58 + 25600 * k0;
    let i_63 = i_62 + 25600 * k0;
    let i_67 = i_66 + 25600 * k0;
    for (var k1_first = 0; k1_first < 5; k1_first += 16) {
      workgroupBarrier();
      let k1_a0_at = k1_first + i_11;
      let k1_a0 = min(k1_a0_at, 5 - 1);
      let i_40 = i_39 + k1_a0;
      let f_41 = arg0[i_40];
      staged[i_11 * 64 + i_12] = select(0.0f, f_41, k1_a0_at < 5);
      let k1_a1_at = k1_first + i_15;
      let k1_a1 = min(k1_a1_at, 5 - 1);
      let i_44 = i_43 + k1_a1;
      let f_45 = arg0[i_44];
      staged[i_15 * 64 + i_16] = select(0.0f, f_45, k1_a1_at < 5);
      let k1_a2_at = k1_first + i_19;
      let k1_a2 = min(k1_a2_at, 5 - 1);
      let i_48 = i_47 + k1_a2;
      let f_49 = arg0[i_48];
      staged[i_19 * 64 + i_20] = select(0.0f, f_49, k1_a2_at < 5);
      let k1_a3_at = k1_first + i_23;
      let k1_a3 = min(k1_a3_at, 5 - 1);
      let i_52 = i_51 + k1_a3;
      let f_53 = arg0[i_52];
      staged[i_23 * 64 + i_24] = select(0.0f, f_53, k1_a3_at < 5);
      let k1_b0_at = k1_first + i_27;
      let k1_b0 = min(k1_b0_at, 5 - 1);
      let i_56 = i_55 + 5120 * k1_b0;
      let f_57 = arg1[i_56];
      staged[i_27 * 64 + i_26 + 1024] = select(0.0f, f_57, k1_b0_at < 5);
      let k1_b1_at = k1_first + i_30;
      let k1_b1 = min(k1_b1_at, 5 - 1);
      let i_60 = i_59 + 5120 * k1_b1;
      let f_61 = arg1[i_60];
      staged[i_30 * 64 + i_29 + 1024] = select(0.0f, f_61, k1_b1_at < 5);
      let k1_b2_at = k1_first + i_33;
      let k1_b2 = min(k1_b2_at, 5 - 1);
      let i_64 = i_63 + 5120 * k1_b2;
      let f_65 = arg1[i_64];
      staged[i_33 * 64 + i_32 + 1024] = select(0.0f, f_65, k1_b2_at < 5);
      let k1_b3_at = k1_first + i_36;
      let k1_b3 = min(k1_b3_at, 5 - 1);
      let i_68 = i_67 + 5120 * k1_b3;
      let f_69 = arg1[i_68];
      staged[i_36 * 64 + i_35 + 1024] = select(0.0f, f_69, k1_b3_at < 5);
      workgroupBarrier();
      for (var step = 0; step < 16; step += 4) {
        let a0_0 = staged[step * 64 + i_5 + 0];
        let a1_0 = staged[step * 64 + i_5 + 16];
        let a2_0 = staged[step * 64 + i_5 + 32];
        let a3_0 = staged[step * 64 + i_5 + 48];
        let b0_0 = staged[step * 64 + i_0 + 1024];
        let b1_0 = staged[step * 64 + i_0 + 1040];
        let b2_0 = staged[step * 64 + i_0 + 1056];
        let b3_0 = staged[step * 64 + i_0 + 1072];
        acc_0_0 = fma(a0_0, b0_0, acc_0_0);
        acc_0_1 = fma(a0_0, b1_0, acc_0_1);
        acc_0_2 = fma(a0_0, b2_0, acc_0_2);
        acc_0_3 = fma(a0_0, b3_0, acc_0_3);
        acc_1_0 = fma(a1_0, b0_0, acc_1_0);
        acc_1_1 = fma(a1_0, b1_0, acc_1_1);
        acc_1_2 = fma(a1_0, b2_0, acc_1_2);
        acc_1_3 = fma(a1_0, b3_0, acc_1_3);
        acc_2_0 = fma(a2_0, b0_0, acc_2_0);
        acc_2_1 = fma(a2_0, b1_0, acc_2_1);
        acc_2_2 = fma(a2_0, b2_0, acc_2_2);
        acc_2_3 = fma(a2_0, b3_0, acc_2_3);
        acc_3_0 = fma(a3_0, b0_0, acc_3_0);
        acc_3_1 = fma(a3_0, b1_0, acc_3_1);
        acc_3_2 = fma(a3_0, b2_0, acc_3_2);
        acc_3_3 = fma(a3_0, b3_0, acc_3_3);
        let a0_1 = staged[step * 64 + i_5 + 64];
        let a1_1 = staged[step * 64 + i_5 + 80];
        let a2_1 = staged[step * 64 + i_5 + 96];
        let a3_1 = staged[step * 64 + i_5 + 112];
        let b0_1 = staged[step * 64 + i_0 + 1088];
        let b1_1 = staged[step * 64 + i_0 + 1104];
        let b2_1 = staged[step * 64 + i_0 + 1120];
        let b3_1 = staged[step * 64 + i_0 + 1136];
        acc_0_0 = fma(a0_1, b0_1, acc_0_0);
        acc_0_1 = fma(a0_1, b1_1, acc_0_1);
        acc_0_2 = fma(a0_1, b2_1, acc_0_2);
        acc_0_3 = fma(a0_1, b3_1, acc_0_3);
        acc_1_0 = fma(a1_1, b0_1, acc_1_0);
        acc_1_1 = fma(a1_1, b1_1, acc_1_1);
        acc_1_2 = fma(a1_1, b2_1, acc_1_2);
        acc_1_3 = fma(a1_1, b3_1, acc_1_3);
        acc_2_0 = fma(a2_1, b0_1, acc_2_0);
        acc_2_1 = fma(a2_1, b1_1, acc_2_1);
        acc_2_2 = fma(a2_1, b2_1, acc_2_2);
        acc_2_3 = fma(a2_1, b3_1, acc_2_3);
        acc_3_0 = fma(a3_1, b0_1, acc_3_0);
        acc_3_1 = fma(a3_1, b1_1, acc_3_1);
        acc_3_2 = fma(a3_1, b2_1, acc_3_2);
        acc_3_3 = fma(a3_1, b3_1, acc_3_3);
        let a0_2 = staged[step * 64 + i_5 + 128];
        let a1_2 = staged[step * 64 + i_5 + 144];
        let a2_2 = staged[step * 64 + i_5 + 160];
        let a3_2 = staged[step * 64 + i_5 + 176];
        let b0_2 = staged[step * 64 + i_0 + 1152];
        let b1_2 = staged[step * 64 + i_0 + 1168];
        let b2_2 = staged[step * 64 + i_0 + 1184];
        let b3_2 = staged[step * 64 + i_0 + 1200];
        acc_0_0 = fma(a0_2, b0_2, acc_0_0);
        acc_0_1 = fma(a0_2, b1_2, acc_0_1);
        acc_0_2 = fma(a0_2, b2_2, acc_0_2);
        acc_0_3 = fma(a0_2, b3_2, acc_0_3);
        acc_1_0 = fma(a1_2, b0_2, acc_1_0);
        acc_1_1 = fma(a1_2, b1_2, acc_1_1);
        acc_1_2 = fma(a1_2, b2_2, acc_1_2);
        acc_1_3 = fma(a1_2, b3_2, acc_1_3);
        acc_2_0 = fma(a2_2, b0_2, acc_2_0);
        acc_2_1 = fma(a2_2, b1_2, acc_2_1);
        acc_2_2 = fma(a2_2, b2_2, acc_2_2);
        acc_2_3 = fma(a2_2, b3_2, acc_2_3);
        acc_3_0 = fma(a3_2, b0_2, acc_3_0);
        acc_3_1 = fma(a3_2, b1_2, acc_3_1);
        acc_3_2 = fma(a3_2, b2_2, acc_3_2);
        acc_3_3 = fma(a3_2, b3_2, acc_3_3);
        let a0_3 = staged[step * 64 + i_5 + 192];
        let a1_3 = staged[step * 64 + i_5 + 208];
        let a2_3 = staged[step * 64 + i_5 + 224];
        let a3_3 = staged[step * 64 + i_5 + 240];
        let b0_3 = staged[step * 64 + i_0 + 1216];
        let b1_3 = staged[step * 64 + i_0 + 1232];
        let b2_3 = staged[step * 64 + i_0 + 1248];
        let b3_3 = staged[step * 64 + i_0 + 1264];
        acc_0_0 = fma(a0_3, b0_3, acc_0_0);
        acc_0_1 = fma(a0_3, b1_3, acc_0_1);
        acc_0_2 = fma(a0_3, b2_3, acc_0_2);
        acc_0_3 = fma(a0_3, b3_3, acc_0_3);
        acc_1_0 = fma(a1_3, b0_3, acc_1_0);
        acc_1_1 = fma(a1_3, b1_3, acc_1_1);
        acc_1_2 = fma(a1_3, b2_3, acc_1_2);
        acc_1_3 = fma(a1_3, b3_3, acc_1_3);
        acc_2_0 = fma(a2_3, b0_3, acc_2_0);
        acc_2_1 = fma(a2_3, b1_3, acc_2_1);
        acc_2_2 = fma(a2_3, b2_3, acc_2_2);
        acc_2_3 = fma(a2_3, b3_3, acc_2_3);
        acc_3_0 = fma(a3_3, b0_3, acc_3_0);
        acc_3_1 = fma(a3_3, b1_3, acc_3_1);
        acc_3_2 = fma(a3_3, b2_3, acc_3_2);
        acc_3_3 = fma(a3_3, b3_3, acc_3_3);
      }
    }
  }
  let i_70 = 1320 * batch_at0 + 40 * i_6 + i_1;
  let i_71 = 1320 * batch_at0 + 40 * i_6 + i_2;
  let i_72 = 1320 * batch_at0 + 40 * i_6 + i_3;
  let i_73 = 1320 * batch_at0 + 40 * i_6 + i_4;
  if (row_at0 < 33) {
    if (col_at0 < 40) {
      out[i_70] = acc_0_0;
    }
    if (col_at1 < 40) {
      out[i_71] = acc_0_1;
    }
    if (col_at2 < 40) {
      out[i_72] = acc_0_2;
    }
    if (col_at3 < 40) {
      out[i_73] = acc_0_3;
    }
  }
  let i_74 = 1320 * batch_at0 + 40 * i_7 + i_1;
  let i_75 = 1320 * batch_at0 + 40 * i_7 + i_2;
  let i_76 = 1320 * batch_at0 + 40 * i_7 + i_3;
  let i_77 = 1320 * batch_at0 + 40 * i_7 + i_4;
  if (row_at1 < 33) {
    if (col_at0 < 40) {
      out[i_74] = acc_1_0;
    }
    if (col_at1 < 40) {
      out[i_75] = acc_1_1;
    }
    if (col_at2 < 40) {
      out[i_76] = acc_1_2;
    }
    if (col_at3 < 40) {
      out[i_77] = acc_1_3;
    }
  }
  let i_78 = 1320 * batch_at0 + 40 * i_8 + i_1;
  let i_79 = 1320 * batch_at0 + 40 * i_8 + i_2;
  let i_80 = 1320 * batch_at0 + 40 * i_8 + i_3;
  let i_81 = 1320 * batch_at0 + 40 * i_8 + i_4;
  if (row_at2 < 33) {
    if (col_at0 < 40) {
      out[i_78] = acc_2_0;
    }
    if (col_at1 < 40) {
      out[i_79] = acc_2_1;
    }
    if (col_at2 < 40) {
      out[i_80] = acc_2_2;
    }
    if (col_at3 < 40) {
      out[i_81] = acc_2_3;
    }
  }
  let i_82 = 1320 * batch_at0 + 40 * i_9 + i_1;
  let i_83 = 1320 * batch_at0 + 40 * i_9 + i_2;
  let i_84 = 1320 * batch_at0 + 40 * i_9 + i_3;
  let i_85 = 1320 * batch_at0 + 40 * i_9 + i_4;
  if (row_at3 < 33) {
    if (col_at0 < 40) {
      out[i_82] = acc_3_0;
    }
    if (col_at1 < 40) {
      out[i_83] = acc_3_1;
    }
    if (col_at2 < 40) {
      out[i_84] = acc_3_2;
    }
    if (col_at3 < 40) {
      out[i_85] = acc_3_3;
    }
  }
}
