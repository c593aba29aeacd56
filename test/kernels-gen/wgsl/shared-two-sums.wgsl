@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
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
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
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
  let i_26 = i_11 * 4;
  let i_27 = (i_10 >> 4u) & 15;
  let i_28 = min(0 + i_26, 40 - 4);
  let i_29 = 495 * batch_at0 + 15 * i_13;
  let i_33 = 495 * batch_at0 + 15 * i_17;
  let i_37 = 495 * batch_at0 + 15 * i_21;
  let i_41 = 495 * batch_at0 + 15 * i_25;
  let i_45 = 40 * batch_at0 + i_28;
  for (var k0 = 0; k0 < 3; k0 += 1) {
    let i_30 = i_29 + 5 * k0;
    let i_34 = i_33 + 5 * k0;
    let i_38 = i_37 + 5 * k0;
    let i_42 = i_41 + 5 * k0;
    let i_46 = i_45 + 25600 * k0;
    for (var k1_first = 0; k1_first < 5; k1_first += 16) {
      workgroupBarrier();
      let k1_a0_at = k1_first + i_11;
      let k1_a0 = min(k1_a0_at, 5 - 1);
      let i_31 = i_30 + k1_a0;
      let f_32 = arg0[i_31];
      staged[i_11 * 64 + i_12] = select(0.0f, f_32, k1_a0_at < 5);
      let k1_a1_at = k1_first + i_15;
      let k1_a1 = min(k1_a1_at, 5 - 1);
      let i_35 = i_34 + k1_a1;
      let f_36 = arg0[i_35];
      staged[i_15 * 64 + i_16] = select(0.0f, f_36, k1_a1_at < 5);
      let k1_a2_at = k1_first + i_19;
      let k1_a2 = min(k1_a2_at, 5 - 1);
      let i_39 = i_38 + k1_a2;
      let f_40 = arg0[i_39];
      staged[i_19 * 64 + i_20] = select(0.0f, f_40, k1_a2_at < 5);
      let k1_a3_at = k1_first + i_23;
      let k1_a3 = min(k1_a3_at, 5 - 1);
      let i_43 = i_42 + k1_a3;
      let f_44 = arg0[i_43];
      staged[i_23 * 64 + i_24] = select(0.0f, f_44, k1_a3_at < 5);
      let k1_b0_at = k1_first + i_27;
      let k1_b0 = min(k1_b0_at, 5 - 1);
      let i_47 = i_46 + 5120 * k1_b0;
      let v_48 = arg1[(i_47) >> 2u];
      let v_49 = select(vec4<f32>(), v_48, k1_b0_at < 5);
      staged[i_27 * 64 + i_26 + 1024] = v_49.x;
      staged[i_27 * 64 + i_26 + 1024 + 1] = v_49.y;
      staged[i_27 * 64 + i_26 + 1024 + 2] = v_49.z;
      staged[i_27 * 64 + i_26 + 1024 + 3] = v_49.w;
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
        let v_50 = vec4<f32>(b0_0, b1_0, b2_0, b3_0);
        acc_0 = fma(vec4<f32>(a0_0), v_50, acc_0);
        acc_1 = fma(vec4<f32>(a1_0), v_50, acc_1);
        acc_2 = fma(vec4<f32>(a2_0), v_50, acc_2);
        acc_3 = fma(vec4<f32>(a3_0), v_50, acc_3);
        let a0_1 = staged[step * 64 + i_5 + 64];
        let a1_1 = staged[step * 64 + i_5 + 80];
        let a2_1 = staged[step * 64 + i_5 + 96];
        let a3_1 = staged[step * 64 + i_5 + 112];
        let b0_1 = staged[step * 64 + i_0 + 1088];
        let b1_1 = staged[step * 64 + i_0 + 1104];
        let b2_1 = staged[step * 64 + i_0 + 1120];
        let b3_1 = staged[step * 64 + i_0 + 1136];
        let v_51 = vec4<f32>(b0_1, b1_1, b2_1, b3_1);
        acc_0 = fma(vec4<f32>(a0_1), v_51, acc_0);
        acc_1 = fma(vec4<f32>(a1_1), v_51, acc_1);
        acc_2 = fma(vec4<f32>(a2_1), v_51, acc_2);
        acc_3 = fma(vec4<f32>(a3_1), v_51, acc_3);
        let a0_2 = staged[step * 64 + i_5 + 128];
        let a1_2 = staged[step * 64 + i_5 + 144];
        let a2_2 = staged[step * 64 + i_5 + 160];
        let a3_2 = staged[step * 64 + i_5 + 176];
        let b0_2 = staged[step * 64 + i_0 + 1152];
        let b1_2 = staged[step * 64 + i_0 + 1168];
        let b2_2 = staged[step * 64 + i_0 + 1184];
        let b3_2 = staged[step * 64 + i_0 + 1200];
        let v_52 = vec4<f32>(b0_2, b1_2, b2_2, b3_2);
        acc_0 = fma(vec4<f32>(a0_2), v_52, acc_0);
        acc_1 = fma(vec4<f32>(a1_2), v_52, acc_1);
        acc_2 = fma(vec4<f32>(a2_2), v_52, acc_2);
        acc_3 = fma(vec4<f32>(a3_2), v_52, acc_3);
        let a0_3 = staged[step * 64 + i_5 + 192];
        let a1_3 = staged[step * 64 + i_5 + 208];
        let a2_3 = staged[step * 64 + i_5 + 224];
        let a3_3 = staged[step * 64 + i_5 + 240];
        let b0_3 = staged[step * 64 + i_0 + 1216];
        let b1_3 = staged[step * 64 + i_0 + 1232];
        let b2_3 = staged[step * 64 + i_0 + 1248];
        let b3_3 = staged[step * 64 + i_0 + 1264];
        let v_53 = vec4<f32>(b0_3, b1_3, b2_3, b3_3);
        acc_0 = fma(vec4<f32>(a0_3), v_53, acc_0);
        acc_1 = fma(vec4<f32>(a1_3), v_53, acc_1);
        acc_2 = fma(vec4<f32>(a2_3), v_53, acc_2);
        acc_3 = fma(vec4<f32>(a3_3), v_53, acc_3);
      }
    }
  }
  let i_54 = 1320 * batch_at0 + 40 * i_6 + i_1;
  let i_55 = 1320 * batch_at0 + 40 * i_6 + i_2;
  let i_56 = 1320 * batch_at0 + 40 * i_6 + i_3;
  let i_57 = 1320 * batch_at0 + 40 * i_6 + i_4;
  if (row_at0 < 33) {
    if (col_at0 < 40) {
      out[i_54] = acc_0.x;
    }
    if (col_at1 < 40) {
      out[i_55] = acc_0.y;
    }
    if (col_at2 < 40) {
      out[i_56] = acc_0.z;
    }
    if (col_at3 < 40) {
      out[i_57] = acc_0.w;
    }
  }
  let i_58 = 1320 * batch_at0 + 40 * i_7 + i_1;
  let i_59 = 1320 * batch_at0 + 40 * i_7 + i_2;
  let i_60 = 1320 * batch_at0 + 40 * i_7 + i_3;
  let i_61 = 1320 * batch_at0 + 40 * i_7 + i_4;
  if (row_at1 < 33) {
    if (col_at0 < 40) {
      out[i_58] = acc_1.x;
    }
    if (col_at1 < 40) {
      out[i_59] = acc_1.y;
    }
    if (col_at2 < 40) {
      out[i_60] = acc_1.z;
    }
    if (col_at3 < 40) {
      out[i_61] = acc_1.w;
    }
  }
  let i_62 = 1320 * batch_at0 + 40 * i_8 + i_1;
  let i_63 = 1320 * batch_at0 + 40 * i_8 + i_2;
  let i_64 = 1320 * batch_at0 + 40 * i_8 + i_3;
  let i_65 = 1320 * batch_at0 + 40 * i_8 + i_4;
  if (row_at2 < 33) {
    if (col_at0 < 40) {
      out[i_62] = acc_2.x;
    }
    if (col_at1 < 40) {
      out[i_63] = acc_2.y;
    }
    if (col_at2 < 40) {
      out[i_64] = acc_2.z;
    }
    if (col_at3 < 40) {
      out[i_65] = acc_2.w;
    }
  }
  let i_66 = 1320 * batch_at0 + 40 * i_9 + i_1;
  let i_67 = 1320 * batch_at0 + 40 * i_9 + i_2;
  let i_68 = 1320 * batch_at0 + 40 * i_9 + i_3;
  let i_69 = 1320 * batch_at0 + 40 * i_9 + i_4;
  if (row_at3 < 33) {
    if (col_at0 < 40) {
      out[i_66] = acc_3.x;
    }
    if (col_at1 < 40) {
      out[i_67] = acc_3.y;
    }
    if (col_at2 < 40) {
      out[i_68] = acc_3.z;
    }
    if (col_at3 < 40) {
      out[i_69] = acc_3.w;
    }
  }
}
