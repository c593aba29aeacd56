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
 let i_0 = lane & 7;
 let i_1 = min(i_0, 9 - 1);
 let i_2 = i_0 + 8;
 let i_3 = min(i_2, 9 - 1);
 let i_5 = group - i32(u32(group) / 14u) * 14;
 let i_6 = i_5 * 6;
 let i_7 = min(i_6, 80 - 1);
 let i_8 = i32(u32(i_7) / u32(40));
 let m1_0 = i_7 - i_8 * 40;
 let i_9 = i_5 * 6 + 1;
 let i_10 = min(i_9, 80 - 1);
 let i_11 = i32(u32(i_10) / u32(40));
 let m1_1 = i_10 - i_11 * 40;
 let i_12 = i_5 * 6 + 2;
 let i_13 = min(i_12, 80 - 1);
 let i_14 = i32(u32(i_13) / u32(40));
 let m1_2 = i_13 - i_14 * 40;
 let i_15 = i_5 * 6 + 3;
 let i_16 = min(i_15, 80 - 1);
 let i_17 = i32(u32(i_16) / u32(40));
 let m1_3 = i_16 - i_17 * 40;
 let i_18 = i_5 * 6 + 4;
 let i_19 = min(i_18, 80 - 1);
 let i_20 = i32(u32(i_19) / u32(40));
 let m1_4 = i_19 - i_20 * 40;
 let i_21 = i_5 * 6 + 5;
 let i_22 = min(i_21, 80 - 1);
 let i_23 = i32(u32(i_22) / u32(40));
 let m1_5 = i_22 - i_23 * 40;
 var acc_0 = vec2f();
 var acc_1 = vec2f();
 var acc_2 = vec2f();
 var acc_3 = vec2f();
 var acc_4 = vec2f();
 var acc_5 = vec2f();
 let i_24 = 160 * i_8 + 4 * m1_0;
 let i_27 = 160 * i_11 + 4 * m1_1;
 let i_30 = 160 * i_14 + 4 * m1_2;
 let i_33 = 160 * i_17 + 4 * m1_3;
 let i_36 = 160 * i_20 + 4 * m1_4;
 let i_39 = 160 * i_23 + 4 * m1_5;
 let i_43 = 4 * i_1;
 let i_46 = 4 * i_3;
 for (var k0_first = 0; k0_first < 4; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 4 - 1);
  let f_26 = arg0[i_24 + k0_mine];
  let f_29 = arg0[i_27 + k0_mine];
  let f_32 = arg0[i_30 + k0_mine];
  let f_35 = arg0[i_33 + k0_mine];
  let f_38 = arg0[i_36 + k0_mine];
  let f_41 = arg0[i_39 + k0_mine];
  let i_42 = min(8, 4 - k0_first);
  for (var step = 0; step < i_42; step += 1) {
   let k0 = k0_first + step;
   let i_49 = u32(step);
   let v_50 = vec2f(arg1[i_43 + k0], arg1[i_46 + k0]);
   acc_0 = fma(vec2f(subgroupShuffle(f_26, i_49)), v_50, acc_0);
   acc_1 = fma(vec2f(subgroupShuffle(f_29, i_49)), v_50, acc_1);
   acc_2 = fma(vec2f(subgroupShuffle(f_32, i_49)), v_50, acc_2);
   acc_3 = fma(vec2f(subgroupShuffle(f_35, i_49)), v_50, acc_3);
   acc_4 = fma(vec2f(subgroupShuffle(f_38, i_49)), v_50, acc_4);
   acc_5 = fma(vec2f(subgroupShuffle(f_41, i_49)), v_50, acc_5);
  }
 }
 let i_51 = 120 * i_8 + 3 * m1_0;
 let i_55 = 120 * i_11 + 3 * m1_1;
 let i_59 = 120 * i_14 + 3 * m1_2;
 let i_63 = 120 * i_17 + 3 * m1_3;
 let i_67 = 120 * i_20 + 3 * m1_4;
 let i_71 = 120 * i_23 + 3 * m1_5;
 let i_76 = 3 * i_1;
 let i_79 = 3 * i_3;
 {
  for (var k1_first = 0; k1_first < 3; k1_first += 8) {
   let k1_mine = min(k1_first + lane, 3 - 1);
   let f_54 = 2.0f * arg2[i_51 + k1_mine];
   let f_58 = 2.0f * arg2[i_55 + k1_mine];
   let f_62 = 2.0f * arg2[i_59 + k1_mine];
   let f_66 = 2.0f * arg2[i_63 + k1_mine];
   let f_70 = 2.0f * arg2[i_67 + k1_mine];
   let f_74 = 2.0f * arg2[i_71 + k1_mine];
   let i_75 = min(8, 3 - k1_first);
   for (var step = 0; step < i_75; step += 1) {
    let k1 = k1_first + step;
    let i_82 = u32(step);
    let v_83 = vec2f(arg3[i_76 + k1], arg3[i_79 + k1]);
    acc_0 = fma(vec2f(subgroupShuffle(f_54, i_82)), v_83, acc_0);
    acc_1 = fma(vec2f(subgroupShuffle(f_58, i_82)), v_83, acc_1);
    acc_2 = fma(vec2f(subgroupShuffle(f_62, i_82)), v_83, acc_2);
    acc_3 = fma(vec2f(subgroupShuffle(f_66, i_82)), v_83, acc_3);
    acc_4 = fma(vec2f(subgroupShuffle(f_70, i_82)), v_83, acc_4);
    acc_5 = fma(vec2f(subgroupShuffle(f_74, i_82)), v_83, acc_5);
   }
  }
 }
 if (i_6 < 80) {
  if (i_0 < 9) {
   out[360 * i_8 + 9 * m1_0 + i_1] = acc_0.x;
  }
  if (i_2 < 9) {
   out[360 * i_8 + 9 * m1_0 + i_3] = acc_0.y;
  }
 }
 if (i_9 < 80) {
  if (i_0 < 9) {
   out[360 * i_11 + 9 * m1_1 + i_1] = acc_1.x;
  }
  if (i_2 < 9) {
   out[360 * i_11 + 9 * m1_1 + i_3] = acc_1.y;
  }
 }
 if (i_12 < 80) {
  if (i_0 < 9) {
   out[360 * i_14 + 9 * m1_2 + i_1] = acc_2.x;
  }
  if (i_2 < 9) {
   out[360 * i_14 + 9 * m1_2 + i_3] = acc_2.y;
  }
 }
 if (i_15 < 80) {
  if (i_0 < 9) {
   out[360 * i_17 + 9 * m1_3 + i_1] = acc_3.x;
  }
  if (i_2 < 9) {
   out[360 * i_17 + 9 * m1_3 + i_3] = acc_3.y;
  }
 }
 if (i_18 < 80) {
  if (i_0 < 9) {
   out[360 * i_20 + 9 * m1_4 + i_1] = acc_4.x;
  }
  if (i_2 < 9) {
   out[360 * i_20 + 9 * m1_4 + i_3] = acc_4.y;
  }
 }
 if (i_21 < 80) {
  if (i_0 < 9) {
   out[360 * i_23 + 9 * m1_5 + i_1] = acc_5.x;
  }
  if (i_2 < 9) {
   out[360 * i_23 + 9 * m1_5 + i_3] = acc_5.y;
  }
 }
}
