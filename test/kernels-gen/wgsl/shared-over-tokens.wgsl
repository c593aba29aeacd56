@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> staged: array<f32, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_1 = min(i_0, 31 - 1);
 let i_2 = i_0 + 8;
 let i_3 = min(i_2, 31 - 1);
 let i_4 = i_0 + 16;
 let i_5 = min(i_4, 31 - 1);
 let i_6 = i_0 + 24;
 let i_7 = min(i_6, 31 - 1);
 let i_8 = (lane >> 3) & 7;
 let i_9 = min(i_8, 31 - 1);
 let i_10 = i_8 + 8;
 let i_11 = min(i_10, 31 - 1);
 let i_12 = i_8 + 16;
 let i_13 = min(i_12, 31 - 1);
 let i_14 = i_8 + 24;
 let i_15 = min(i_14, 31 - 1);
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 let i_16 = lane & 31;
 let i_17 = (lane >> 5) & 15;
 let i_19 = i_17 * 32 + i_16;
 let i_20 = lane + 64;
 let i_21 = i_20 & 31;
 let i_22 = (i_20 >> 5) & 15;
 let i_24 = i_22 * 32 + i_21;
 let i_25 = lane + 128;
 let i_26 = i_25 & 31;
 let i_27 = (i_25 >> 5) & 15;
 let i_29 = i_27 * 32 + i_26;
 let i_30 = lane + 192;
 let i_31 = i_30 & 31;
 let i_32 = (i_30 >> 5) & 15;
 let i_34 = i_32 * 32 + i_31;
 let i_35 = lane + 256;
 let i_36 = i_35 & 31;
 let i_37 = (i_35 >> 5) & 15;
 let i_39 = i_37 * 32 + i_36;
 let i_40 = lane + 320;
 let i_41 = i_40 & 31;
 let i_42 = (i_40 >> 5) & 15;
 let i_44 = i_42 * 32 + i_41;
 let i_45 = lane + 384;
 let i_46 = i_45 & 31;
 let i_47 = (i_45 >> 5) & 15;
 let i_49 = i_47 * 32 + i_46;
 let i_50 = lane + 448;
 let i_51 = i_50 & 31;
 let i_52 = (i_50 >> 5) & 15;
 let i_54 = i_52 * 32 + i_51;
 let i_55 = 31 * group + min(0 + i_16, 31 - 1);
 let i_58 = 31 * group + min(0 + i_21, 31 - 1);
 let i_61 = 31 * group + min(0 + i_26, 31 - 1);
 let i_64 = 31 * group + min(0 + i_31, 31 - 1);
 let i_67 = 31 * group + min(0 + i_36, 31 - 1);
 let i_70 = 31 * group + min(0 + i_41, 31 - 1);
 let i_73 = 31 * group + min(0 + i_46, 31 - 1);
 let i_76 = 31 * group + min(0 + i_51, 31 - 1);
 for (var k0_first = 0; k0_first < tokens; k0_first += 16) {
  workgroupBarrier();
  let k0_a0_at = k0_first + i_17;
  let k0_a0 = min(k0_a0_at, tokens - 1);
  staged[i_19] = select(0.0f, arg0[i_55 + 3968 * k0_a0], k0_a0_at < tokens);
  let k0_a1_at = k0_first + i_22;
  let k0_a1 = min(k0_a1_at, tokens - 1);
  staged[i_24] = select(0.0f, arg0[i_58 + 3968 * k0_a1], k0_a1_at < tokens);
  let k0_a2_at = k0_first + i_27;
  let k0_a2 = min(k0_a2_at, tokens - 1);
  staged[i_29] = select(0.0f, arg0[i_61 + 3968 * k0_a2], k0_a2_at < tokens);
  let k0_a3_at = k0_first + i_32;
  let k0_a3 = min(k0_a3_at, tokens - 1);
  staged[i_34] = select(0.0f, arg0[i_64 + 3968 * k0_a3], k0_a3_at < tokens);
  let k0_a4_at = k0_first + i_37;
  let k0_a4 = min(k0_a4_at, tokens - 1);
  staged[i_39] = select(0.0f, arg0[i_67 + 3968 * k0_a4], k0_a4_at < tokens);
  let k0_a5_at = k0_first + i_42;
  let k0_a5 = min(k0_a5_at, tokens - 1);
  staged[i_44] = select(0.0f, arg0[i_70 + 3968 * k0_a5], k0_a5_at < tokens);
  let k0_a6_at = k0_first + i_47;
  let k0_a6 = min(k0_a6_at, tokens - 1);
  staged[i_49] = select(0.0f, arg0[i_73 + 3968 * k0_a6], k0_a6_at < tokens);
  let k0_a7_at = k0_first + i_52;
  let k0_a7 = min(k0_a7_at, tokens - 1);
  staged[i_54] = select(0.0f, arg0[i_76 + 3968 * k0_a7], k0_a7_at < tokens);
  let k0_b0_at = k0_first + i_17;
  let k0_b0 = min(k0_b0_at, tokens - 1);
  staged[i_19 + 512] = select(0.0f, arg1[i_55 + 3968 * k0_b0], k0_b0_at < tokens);
  let k0_b1_at = k0_first + i_22;
  let k0_b1 = min(k0_b1_at, tokens - 1);
  staged[i_24 + 512] = select(0.0f, arg1[i_58 + 3968 * k0_b1], k0_b1_at < tokens);
  let k0_b2_at = k0_first + i_27;
  let k0_b2 = min(k0_b2_at, tokens - 1);
  staged[i_29 + 512] = select(0.0f, arg1[i_61 + 3968 * k0_b2], k0_b2_at < tokens);
  let k0_b3_at = k0_first + i_32;
  let k0_b3 = min(k0_b3_at, tokens - 1);
  staged[i_34 + 512] = select(0.0f, arg1[i_64 + 3968 * k0_b3], k0_b3_at < tokens);
  let k0_b4_at = k0_first + i_37;
  let k0_b4 = min(k0_b4_at, tokens - 1);
  staged[i_39 + 512] = select(0.0f, arg1[i_67 + 3968 * k0_b4], k0_b4_at < tokens);
  let k0_b5_at = k0_first + i_42;
  let k0_b5 = min(k0_b5_at, tokens - 1);
  staged[i_44 + 512] = select(0.0f, arg1[i_70 + 3968 * k0_b5], k0_b5_at < tokens);
  let k0_b6_at = k0_first + i_47;
  let k0_b6 = min(k0_b6_at, tokens - 1);
  staged[i_49 + 512] = select(0.0f, arg1[i_73 + 3968 * k0_b6], k0_b6_at < tokens);
  let k0_b7_at = k0_first + i_52;
  let k0_b7 = min(k0_b7_at, tokens - 1);
  staged[i_54 + 512] = select(0.0f, arg1[i_76 + 3968 * k0_b7], k0_b7_at < tokens);
  workgroupBarrier();
  for (var step = 0; step < 16; step += 4) {
   let at_a = step * 32 + i_8;
   let at_b = step * 32 + i_0;
   let v_103 = vec4f(staged[at_b + 512], staged[at_b + 520], staged[at_b + 528], staged[at_b + 536]);
   acc_0 = fma(vec4f(staged[at_a]), v_103, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 8]), v_103, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 16]), v_103, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 24]), v_103, acc_3);
   let v_112 = vec4f(staged[at_b + 544], staged[at_b + 552], staged[at_b + 560], staged[at_b + 568]);
   acc_0 = fma(vec4f(staged[at_a + 32]), v_112, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 40]), v_112, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 48]), v_112, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 56]), v_112, acc_3);
   let v_121 = vec4f(staged[at_b + 576], staged[at_b + 584], staged[at_b + 592], staged[at_b + 600]);
   acc_0 = fma(vec4f(staged[at_a + 64]), v_121, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 72]), v_121, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 80]), v_121, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 88]), v_121, acc_3);
   let v_130 = vec4f(staged[at_b + 608], staged[at_b + 616], staged[at_b + 624], staged[at_b + 632]);
   acc_0 = fma(vec4f(staged[at_a + 96]), v_130, acc_0);
   acc_1 = fma(vec4f(staged[at_a + 104]), v_130, acc_1);
   acc_2 = fma(vec4f(staged[at_a + 112]), v_130, acc_2);
   acc_3 = fma(vec4f(staged[at_a + 120]), v_130, acc_3);
  }
 }
 if (i_8 < 31) {
  if (i_0 < 31) {
   out[961 * group + 31 * i_9 + i_1] = acc_0.x;
  }
  if (i_2 < 31) {
   out[961 * group + 31 * i_9 + i_3] = acc_0.y;
  }
  if (i_4 < 31) {
   out[961 * group + 31 * i_9 + i_5] = acc_0.z;
  }
  if (i_6 < 31) {
   out[961 * group + 31 * i_9 + i_7] = acc_0.w;
  }
 }
 if (i_10 < 31) {
  if (i_0 < 31) {
   out[961 * group + 31 * i_11 + i_1] = acc_1.x;
  }
  if (i_2 < 31) {
   out[961 * group + 31 * i_11 + i_3] = acc_1.y;
  }
  if (i_4 < 31) {
   out[961 * group + 31 * i_11 + i_5] = acc_1.z;
  }
  if (i_6 < 31) {
   out[961 * group + 31 * i_11 + i_7] = acc_1.w;
  }
 }
 if (i_12 < 31) {
  if (i_0 < 31) {
   out[961 * group + 31 * i_13 + i_1] = acc_2.x;
  }
  if (i_2 < 31) {
   out[961 * group + 31 * i_13 + i_3] = acc_2.y;
  }
  if (i_4 < 31) {
   out[961 * group + 31 * i_13 + i_5] = acc_2.z;
  }
  if (i_6 < 31) {
   out[961 * group + 31 * i_13 + i_7] = acc_2.w;
  }
 }
 if (i_14 < 31) {
  if (i_0 < 31) {
   out[961 * group + 31 * i_15 + i_1] = acc_3.x;
  }
  if (i_2 < 31) {
   out[961 * group + 31 * i_15 + i_3] = acc_3.y;
  }
  if (i_4 < 31) {
   out[961 * group + 31 * i_15 + i_5] = acc_3.z;
  }
  if (i_6 < 31) {
   out[961 * group + 31 * i_15 + i_7] = acc_3.w;
  }
 }
}
