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
 let i_0 = i32(u32(group) / u32(3));
 let col_tile = group - i_0 * 3;
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 let i_1 = row_thread + 16 * i_0;
 let i_3 = select(tokens - 1, i_1, i_1 < tokens);
 let i_4 = 6 * i_3;
 let i_8 = select(tokens - 1, i_1 + 8, (i_1 + 8) < tokens);
 let i_9 = 6 * i_8;
 let i_12 = col_thread + 16 * col_tile;
 let i_14 = select(32, i_12, i_12 < 33);
 let i_15 = 6 * i_14;
 let i_19 = select(32, i_12 + 8, (i_12 + 8) < 33);
 let i_20 = 6 * i_19;
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let i_5 = i_4 + 2 * k0_step;
  let f_6 = arg0[i_5];
  let i_10 = i_9 + 2 * k0_step;
  let f_11 = arg0[i_10];
  let i_16 = i_15 + 2 * k0_step;
  let f_17 = arg1[i_16];
  let i_21 = i_20 + 2 * k0_step;
  let f_22 = arg1[i_21];
  acc_0_0 += f_6 * f_17;
  acc_0_1 += f_6 * f_22;
  acc_1_0 += f_11 * f_17;
  acc_1_1 += f_11 * f_22;
  let f_23 = arg0[i_5 + 1];
  let f_24 = arg0[i_10 + 1];
  let f_25 = arg1[i_16 + 1];
  let f_26 = arg1[i_21 + 1];
  acc_0_0 += f_23 * f_25;
  acc_0_1 += f_23 * f_26;
  acc_1_0 += f_24 * f_25;
  acc_1_1 += f_24 * f_26;
 }
 let f_27 = arg2[i_14];
 let f_29 = arg2[i_19];
 if (i_1 < tokens) {
  if (i_12 < 33) {
   out[i_14 + 33 * i_3] = (acc_0_0 * 0.5f) + f_27;
  }
  if ((i_12 + 8) < 33) {
   out[i_19 + 33 * i_3] = (acc_0_1 * 0.5f) + f_29;
  }
 }
 if ((i_1 + 8) < tokens) {
  if (i_12 < 33) {
   out[i_14 + 33 * i_8] = (acc_1_0 * 0.5f) + f_27;
  }
  if ((i_12 + 8) < 33) {
   out[i_19 + 33 * i_8] = (acc_1_1 * 0.5f) + f_29;
  }
 }
}
