enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<vec4h>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4h>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> staged: array<f32, 512>;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 2) { return; }
 let i_0 = lane & 3;
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = i_2 * 16 + i_0;
 let i_4 = min(i_3, 20 - 1);
 let i_5 = i_2 * 16 + i_0 + 4;
 let i_6 = min(i_5, 20 - 1);
 let i_7 = i_2 * 16 + i_0 + 8;
 let i_8 = min(i_7, 20 - 1);
 let i_9 = i_2 * 16 + i_0 + 12;
 let i_10 = min(i_9, 20 - 1);
 let i_11 = (lane >> 2) & 3;
 let i_13 = i_1 - i32(u32(i_1) / 2u) * 2;
 let i_14 = i_13 * 16 + i_11;
 let i_15 = min(i_14, 24 - 1);
 let i_16 = i_13 * 16 + i_11 + 4;
 let i_17 = min(i_16, 24 - 1);
 let i_18 = i_13 * 16 + i_11 + 8;
 let i_19 = min(i_18, 24 - 1);
 let i_20 = i_13 * 16 + i_11 + 12;
 let i_21 = min(i_20, 24 - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_22 = i_0 * 4;
 let i_23 = (lane >> 2) & 15;
 let i_24 = min(i_13 * 16 + i_22, 24 - 4);
 let i_25 = i_23 * 16 + i_22;
 let i_26 = lane + 16;
 let i_28 = (i_26 & 3) * 4;
 let i_29 = (i_26 >> 2) & 15;
 let i_30 = min(i_13 * 16 + i_28, 24 - 4);
 let i_31 = i_29 * 16 + i_28;
 let i_32 = lane + 32;
 let i_34 = (i_32 & 3) * 4;
 let i_35 = (i_32 >> 2) & 15;
 let i_36 = min(i_13 * 16 + i_34, 24 - 4);
 let i_37 = i_35 * 16 + i_34;
 let i_38 = lane + 48;
 let i_40 = (i_38 & 3) * 4;
 let i_41 = (i_38 >> 2) & 15;
 let i_42 = min(i_13 * 16 + i_40, 24 - 4);
 let i_43 = i_41 * 16 + i_40;
 let i_45 = i_22 * 16 + i_23;
 let i_47 = i_28 * 16 + i_29;
 let i_49 = i_34 * 16 + i_35;
 let i_51 = i_40 * 16 + i_41;
 let i_64 = 40 * min(i_2 * 16 + i_23, 20 - 1);
 let i_68 = 40 * min(i_2 * 16 + i_29, 20 - 1);
 let i_72 = 40 * min(i_2 * 16 + i_35, 20 - 1);
 let i_76 = 40 * min(i_2 * 16 + i_41, 20 - 1);
 for (var k0_first = 0; k0_first < 40; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_23;
  let k0_a0 = min(k0_a0_at, 40 - 1);
  let v_54 = select(vec4f(), vec4f(arg0[(i_24 + 24 * k0_a0) >> 2]), k0_a0_at < 40);
  staged[i_25] = v_54.x;
  staged[i_25 + 1] = v_54.y;
  staged[i_25 + 2] = v_54.z;
  staged[i_25 + 3] = v_54.w;
  let k0_a1_at = k0_first + i_29;
  let k0_a1 = min(k0_a1_at, 40 - 1);
  let v_57 = select(vec4f(), vec4f(arg0[(i_30 + 24 * k0_a1) >> 2]), k0_a1_at < 40);
  staged[i_31] = v_57.x;
  staged[i_31 + 1] = v_57.y;
  staged[i_31 + 2] = v_57.z;
  staged[i_31 + 3] = v_57.w;
  let k0_a2_at = k0_first + i_35;
  let k0_a2 = min(k0_a2_at, 40 - 1);
  let v_60 = select(vec4f(), vec4f(arg0[(i_36 + 24 * k0_a2) >> 2]), k0_a2_at < 40);
  staged[i_37] = v_60.x;
  staged[i_37 + 1] = v_60.y;
  staged[i_37 + 2] = v_60.z;
  staged[i_37 + 3] = v_60.w;
  let k0_a3_at = k0_first + i_41;
  let k0_a3 = min(k0_a3_at, 40 - 1);
  let v_63 = select(vec4f(), vec4f(arg0[(i_42 + 24 * k0_a3) >> 2]), k0_a3_at < 40);
  staged[i_43] = v_63.x;
  staged[i_43 + 1] = v_63.y;
  staged[i_43 + 2] = v_63.z;
  staged[i_43 + 3] = v_63.w;
  let k0_b0_at = k0_first + i_22;
  let k0_b0 = min(k0_b0_at, 40 - 4);
  let v_67 = select(vec4f(), vec4f(arg1[(i_64 + k0_b0) >> 2]), k0_b0_at < 40);
  staged[i_45 + 256] = v_67.x;
  staged[i_45 + 272] = v_67.y;
  staged[i_45 + 288] = v_67.z;
  staged[i_45 + 304] = v_67.w;
  let k0_b1_at = k0_first + i_28;
  let k0_b1 = min(k0_b1_at, 40 - 4);
  let v_71 = select(vec4f(), vec4f(arg1[(i_68 + k0_b1) >> 2]), k0_b1_at < 40);
  staged[i_47 + 256] = v_71.x;
  staged[i_47 + 272] = v_71.y;
  staged[i_47 + 288] = v_71.z;
  staged[i_47 + 304] = v_71.w;
  let k0_b2_at = k0_first + i_34;
  let k0_b2 = min(k0_b2_at, 40 - 4);
  let v_75 = select(vec4f(), vec4f(arg1[(i_72 + k0_b2) >> 2]), k0_b2_at < 40);
  staged[i_49 + 256] = v_75.x;
  staged[i_49 + 272] = v_75.y;
  staged[i_49 + 288] = v_75.z;
  staged[i_49 + 304] = v_75.w;
  let k0_b3_at = k0_first + i_40;
  let k0_b3 = min(k0_b3_at, 40 - 4);
  let v_79 = select(vec4f(), vec4f(arg1[(i_76 + k0_b3) >> 2]), k0_b3_at < 40);
  staged[i_51 + 256] = v_79.x;
  staged[i_51 + 272] = v_79.y;
  staged[i_51 + 288] = v_79.z;
  staged[i_51 + 304] = v_79.w;
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 16 + i_11;
   let at_b = step * 16 + i_0;
   let v_88 = vec4f(staged[at_b + 256], staged[at_b + 260], staged[at_b + 264], staged[at_b + 268]);
   acc_0 = fma(vec4f(staged[at_a]), v_88, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 4]), v_88, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 8]), v_88, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 12]), v_88, acc_3);
   let v_97 = vec4f(staged[at_b + 272], staged[at_b + 276], staged[at_b + 280], staged[at_b + 284]);
   acc_0 = fma(vec4f(staged[at_a + 16]), v_97, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 20]), v_97, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 24]), v_97, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 28]), v_97, acc_3);
   let v_106 = vec4f(staged[at_b + 288], staged[at_b + 292], staged[at_b + 296], staged[at_b + 300]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_106, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 36]), v_106, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 40]), v_106, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 44]), v_106, acc_3);
   let v_115 = vec4f(staged[at_b + 304], staged[at_b + 308], staged[at_b + 312], staged[at_b + 316]);
   acc_0 = fma(vec4f(staged[at_a + 48]), v_115, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 52]), v_115, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 56]), v_115, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 60]), v_115, acc_3);
  }
 }
 let f_118 = f32(arg0[6].z) * 2.0f;
 if (i_14 < 24) {
  if (i_3 < 20) {
   out[20 * i_15 + i_4] = acc_0.x + f_118;
  }
  if (i_5 < 20) {
   out[20 * i_15 + i_6] = acc_0.y + f_118;
  }
  if (i_7 < 20) {
   out[20 * i_15 + i_8] = acc_0.z + f_118;
  }
  if (i_9 < 20) {
   out[20 * i_15 + i_10] = acc_0.w + f_118;
  }
 }
 if (i_16 < 24) {
  if (i_3 < 20) {
   out[20 * i_17 + i_4] = acc_1.x + f_118;
  }
  if (i_5 < 20) {
   out[20 * i_17 + i_6] = acc_1.y + f_118;
  }
  if (i_7 < 20) {
   out[20 * i_17 + i_8] = acc_1.z + f_118;
  }
  if (i_9 < 20) {
   out[20 * i_17 + i_10] = acc_1.w + f_118;
  }
 }
 if (i_18 < 24) {
  if (i_3 < 20) {
   out[20 * i_19 + i_4] = acc_2.x + f_118;
  }
  if (i_5 < 20) {
   out[20 * i_19 + i_6] = acc_2.y + f_118;
  }
  if (i_7 < 20) {
   out[20 * i_19 + i_8] = acc_2.z + f_118;
  }
  if (i_9 < 20) {
   out[20 * i_19 + i_10] = acc_2.w + f_118;
  }
 }
 if (i_20 < 24) {
  if (i_3 < 20) {
   out[20 * i_21 + i_4] = acc_3.x + f_118;
  }
  if (i_5 < 20) {
   out[20 * i_21 + i_6] = acc_3.y + f_118;
  }
  if (i_7 < 20) {
   out[20 * i_21 + i_8] = acc_3.z + f_118;
  }
  if (i_9 < 20) {
   out[20 * i_21 + i_10] = acc_3.w + f_118;
  }
 }
}
