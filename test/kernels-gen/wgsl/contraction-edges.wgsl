@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 15) / 16;
 if (group >= 3 * i_0) { return; }
 let i_1 = lane & 7;
 let i_2 = i32(u32(group) / 3u);
 let i_3 = group - i_2 * 3;
 let i_4 = i_3 * 16 + i_1;
 let i_5 = min(i_4, 33 - 1);
 let i_6 = i_3 * 16 + i_1 + 8;
 let i_7 = min(i_6, 33 - 1);
 let i_8 = (lane >> 3) & 7;
 let i_10 = i_2 - i32(u32(i_2) / u32(max(i_0, 1))) * i_0;
 let i_11 = i_10 * 16 + i_8;
 let i_12 = min(i_11, tokens - 1);
 let i_13 = i_10 * 16 + i_8 + 8;
 let i_14 = min(i_13, tokens - 1);
 var acc_0 = vec2f();
 var acc_1 = vec2f();
 let i_15 = 6 * i_12;
 let i_18 = 6 * i_14;
 let i_21 = 6 * i_5;
 let i_24 = 6 * i_7;
 for (var k0 = 0; k0 < 6; k0 += 2) {
  let i_16 = i_15 + k0;
  let i_19 = i_18 + k0;
  let i_22 = i_21 + k0;
  let i_25 = i_24 + k0;
  let v_27 = vec2f(arg1[i_22], arg1[i_25]);
  acc_0 += arg0[i_16] * v_27;
  acc_1 += arg0[i_19] * v_27;
  let v_32 = vec2f(arg1[i_22 + 1], arg1[i_25 + 1]);
  acc_0 += arg0[i_16 + 1] * v_32;
  acc_1 += arg0[i_19 + 1] * v_32;
 }
 let f_33 = arg2[i_5];
 let f_35 = arg2[i_7];
 if (i_11 < tokens) {
  if (i_4 < 33) {
   out[33 * i_12 + i_5] = (acc_0.x * 0.5f) + f_33;
  }
  if (i_6 < 33) {
   out[33 * i_12 + i_7] = (acc_0.y * 0.5f) + f_35;
  }
 }
 if (i_13 < tokens) {
  if (i_4 < 33) {
   out[33 * i_14 + i_5] = (acc_1.x * 0.5f) + f_33;
  }
  if (i_6 < 33) {
   out[33 * i_14 + i_7] = (acc_1.y * 0.5f) + f_35;
  }
 }
}
