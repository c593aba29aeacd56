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
 if (group >= ((tokens + 15) / 16) * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let col_tile = group - i_1 * 3;
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 let i_2 = row_thread + 16 * i_1;
 let i_3 = min(i_2, tokens - 1);
 let i_4 = 6 * i_3;
 let i_7 = min(i_2 + 8, tokens - 1);
 let i_8 = 6 * i_7;
 let i_11 = col_thread + 16 * col_tile;
 let i_12 = min(i_11, 32);
 let i_13 = 6 * i_12;
 let i_16 = min(i_11 + 8, 32);
 let i_17 = 6 * i_16;
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let i_5 = i_4 + 2 * k0_step;
  let f_6 = arg0[i_5];
  let i_9 = i_8 + 2 * k0_step;
  let f_10 = arg0[i_9];
  let i_14 = i_13 + 2 * k0_step;
  let f_15 = arg1[i_14];
  let i_18 = i_17 + 2 * k0_step;
  let f_19 = arg1[i_18];
  acc_0_0 += f_6 * f_15;
  acc_0_1 += f_6 * f_19;
  acc_1_0 += f_10 * f_15;
  acc_1_1 += f_10 * f_19;
  let f_20 = arg0[i_5 + 1];
  let f_21 = arg0[i_9 + 1];
  let f_22 = arg1[i_14 + 1];
  let f_23 = arg1[i_18 + 1];
  acc_0_0 += f_20 * f_22;
  acc_0_1 += f_20 * f_23;
  acc_1_0 += f_21 * f_22;
  acc_1_1 += f_21 * f_23;
 }
 let f_24 = arg2[i_12];
 let f_26 = arg2[i_16];
 if (i_2 < tokens) {
  if (i_11 < 33) {
   out[i_12 + 33 * i_3] = (acc_0_0 * 0.5f) + f_24;
  }
  if ((i_11 + 8) < 33) {
   out[i_16 + 33 * i_3] = (acc_0_1 * 0.5f) + f_26;
  }
 }
 if ((i_2 + 8) < tokens) {
  if (i_11 < 33) {
   out[i_12 + 33 * i_7] = (acc_1_0 * 0.5f) + f_24;
  }
  if ((i_11 + 8) < 33) {
   out[i_16 + 33 * i_7] = (acc_1_1 * 0.5f) + f_26;
  }
 }
}
