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
 let i_1 = i32(u32(group) / u32(3));
 let col_tile = group - i_1 * 3;
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 let i_2 = row_thread + 16 * i_1;
 let i_4 = select(tokens - 1, i_2, i_2 < tokens);
 let i_5 = 6 * i_4;
 let i_9 = select(tokens - 1, i_2 + 8, (i_2 + 8) < tokens);
 let i_10 = 6 * i_9;
 let i_13 = col_thread + 16 * col_tile;
 let i_15 = select(32, i_13, i_13 < 33);
 let i_16 = 6 * i_15;
 let i_20 = select(32, i_13 + 8, (i_13 + 8) < 33);
 let i_21 = 6 * i_20;
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let i_6 = i_5 + 2 * k0_step;
  let f_7 = arg0[i_6];
  let i_11 = i_10 + 2 * k0_step;
  let f_12 = arg0[i_11];
  let i_17 = i_16 + 2 * k0_step;
  let f_18 = arg1[i_17];
  let i_22 = i_21 + 2 * k0_step;
  let f_23 = arg1[i_22];
  acc_0_0 += f_7 * f_18;
  acc_0_1 += f_7 * f_23;
  acc_1_0 += f_12 * f_18;
  acc_1_1 += f_12 * f_23;
  let f_24 = arg0[i_6 + 1];
  let f_25 = arg0[i_11 + 1];
  let f_26 = arg1[i_17 + 1];
  let f_27 = arg1[i_22 + 1];
  acc_0_0 += f_24 * f_26;
  acc_0_1 += f_24 * f_27;
  acc_1_0 += f_25 * f_26;
  acc_1_1 += f_25 * f_27;
 }
 let f_28 = arg2[i_15];
 let f_30 = arg2[i_20];
 if (i_2 < tokens) {
  if (i_13 < 33) {
   out[i_15 + 33 * i_4] = (acc_0_0 * 0.5f) + f_28;
  }
  if ((i_13 + 8) < 33) {
   out[i_20 + 33 * i_4] = (acc_0_1 * 0.5f) + f_30;
  }
 }
 if ((i_2 + 8) < tokens) {
  if (i_13 < 33) {
   out[i_15 + 33 * i_9] = (acc_1_0 * 0.5f) + f_28;
  }
  if ((i_13 + 8) < 33) {
   out[i_20 + 33 * i_9] = (acc_1_1 * 0.5f) + f_30;
  }
 }
}
