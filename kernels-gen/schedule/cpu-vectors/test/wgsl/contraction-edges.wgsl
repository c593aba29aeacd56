enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 31) / 32) * 1) { return; }
 var held0_0: array<f32, 6>;
 var held0_1: array<f32, 6>;
 var held0_2: array<f32, 6>;
 var held0_3: array<f32, 6>;
 var held0_4: array<f32, 6>;
 var held0_5: array<f32, 6>;
 let i_1 = 6 * lane;
 let i_4 = lane + 8;
 let i_5 = 6 * i_4;
 let i_8 = lane + 16;
 let i_9 = 6 * i_8;
 let i_12 = lane + 24;
 let i_13 = 6 * i_12;
 let i_16 = min(lane + 32, 32);
 let i_17 = 6 * i_16;
 for (var k0_held = 0; k0_held < 6 + (group >> 31); k0_held += 1) {
  held0_0[k0_held] = arg1[i_1 + k0_held];
  held0_1[k0_held] = arg1[i_5 + k0_held];
  held0_2[k0_held] = arg1[i_9 + k0_held];
  held0_3[k0_held] = arg1[i_13 + k0_held];
  held0_4[k0_held] = arg1[i_17 + k0_held];
  held0_5[k0_held] = arg1[k0_held + 192];
 }
 let i_21 = 32 * group;
 let i_22 = min(i_21 + 32, tokens);
 let i_23 = min(lane, 5);
 let f_31 = arg2[lane];
 let f_33 = arg2[i_4];
 let f_35 = arg2[i_8];
 let f_37 = arg2[i_12];
 let f_39 = arg2[i_16];
 for (var row = i_21; row < i_22 + (group >> 31); row += 1) {
  var acc_0 = 0.0f;
  var acc_1 = 0.0f;
  var acc_2 = 0.0f;
  var acc_3 = 0.0f;
  var acc_4 = 0.0f;
  var acc_5 = 0.0f;
  let f_25 = arg0[i_23 + 6 * row];
  let left = subgroupShuffle(f_25, 0);
  acc_0 = fma(left, held0_0[0], acc_0);
  acc_1 = fma(left, held0_1[0], acc_1);
  acc_2 = fma(left, held0_2[0], acc_2);
  acc_3 = fma(left, held0_3[0], acc_3);
  acc_4 = fma(left, held0_4[0], acc_4);
  acc_5 = fma(left, held0_5[0], acc_5);
  let f_26 = subgroupShuffle(f_25, 1);
  acc_0 = fma(f_26, held0_0[1], acc_0);
  acc_1 = fma(f_26, held0_1[1], acc_1);
  acc_2 = fma(f_26, held0_2[1], acc_2);
  acc_3 = fma(f_26, held0_3[1], acc_3);
  acc_4 = fma(f_26, held0_4[1], acc_4);
  acc_5 = fma(f_26, held0_5[1], acc_5);
  let f_27 = subgroupShuffle(f_25, 2);
  acc_0 = fma(f_27, held0_0[2], acc_0);
  acc_1 = fma(f_27, held0_1[2], acc_1);
  acc_2 = fma(f_27, held0_2[2], acc_2);
  acc_3 = fma(f_27, held0_3[2], acc_3);
  acc_4 = fma(f_27, held0_4[2], acc_4);
  acc_5 = fma(f_27, held0_5[2], acc_5);
  let f_28 = subgroupShuffle(f_25, 3);
  acc_0 = fma(f_28, held0_0[3], acc_0);
  acc_1 = fma(f_28, held0_1[3], acc_1);
  acc_2 = fma(f_28, held0_2[3], acc_2);
  acc_3 = fma(f_28, held0_3[3], acc_3);
  acc_4 = fma(f_28, held0_4[3], acc_4);
  acc_5 = fma(f_28, held0_5[3], acc_5);
  let f_29 = subgroupShuffle(f_25, 4);
  acc_0 = fma(f_29, held0_0[4], acc_0);
  acc_1 = fma(f_29, held0_1[4], acc_1);
  acc_2 = fma(f_29, held0_2[4], acc_2);
  acc_3 = fma(f_29, held0_3[4], acc_3);
  acc_4 = fma(f_29, held0_4[4], acc_4);
  acc_5 = fma(f_29, held0_5[4], acc_5);
  let f_30 = subgroupShuffle(f_25, 5);
  acc_0 = fma(f_30, held0_0[5], acc_0);
  acc_1 = fma(f_30, held0_1[5], acc_1);
  acc_2 = fma(f_30, held0_2[5], acc_2);
  acc_3 = fma(f_30, held0_3[5], acc_3);
  acc_4 = fma(f_30, held0_4[5], acc_4);
  acc_5 = fma(f_30, held0_5[5], acc_5);
  out[lane + 33 * row] = (acc_0 * 0.5f) + f_31;
  out[i_4 + 33 * row] = (acc_1 * 0.5f) + f_33;
  out[i_8 + 33 * row] = (acc_2 * 0.5f) + f_35;
  out[i_12 + 33 * row] = (acc_3 * 0.5f) + f_37;
  if ((lane + 32) < 33) {
   out[i_16 + 33 * row] = (acc_4 * 0.5f) + f_39;
  }
 }
}
