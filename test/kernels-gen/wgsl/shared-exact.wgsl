@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> left_tile: array<f32, 1024>;
var<workgroup> right_tile: array<f32, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 63) / 64;
 if (group >= 128 * i_0 * 1) { return; }
 let i_1 = i32(u32(group) / u32(i_0));
 let row_tile = group - i_1 * i_0;
 let row_thread = lane >> 4;
 let col_thread = lane & 15;
 var acc_0_0 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_2_0 = vec4f(0.0f);
 var acc_3_0 = vec4f(0.0f);
 let i_2 = lane >> 2;
 let i_5 = lane & 3;
 let i_6 = 16 * i_1 + i_5 + 2048 * min(i_2 + 64 * row_tile, tokens - 1);
 let i_10 = i_2 + 256 * i_5;
 let i_14 = 1024 * i_1 + lane;
 let i_18 = 4 * lane;
 for (var k0_block = 0; k0_block < 4; k0_block += 1) {
  workgroupBarrier();
  let v_8 = arg0[i_6 + 4 * k0_block];
  left_tile[i_10] = v_8.x;
  left_tile[i_10 + 64] = v_8.y;
  left_tile[i_10 + 128] = v_8.z;
  left_tile[i_10 + 192] = v_8.w;
  let v_16 = arg1[i_14 + 256 * k0_block];
  right_tile[i_18] = v_16.x;
  right_tile[i_18 + 1] = v_16.y;
  right_tile[i_18 + 2] = v_16.z;
  right_tile[i_18 + 3] = v_16.w;
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_22 = row_thread + 256 * k0_step_group;
   let left_0 = left_tile[i_22];
   let left_1 = left_tile[i_22 + 16];
   let left_2 = left_tile[i_22 + 32];
   let left_3 = left_tile[i_22 + 48];
   let i_23 = col_thread + 256 * k0_step_group;
   let right_0 = vec4f(right_tile[i_23], right_tile[i_23 + 16], right_tile[i_23 + 32], right_tile[i_23 + 48]);
   acc_0_0 += left_0 * right_0;
   acc_1_0 += left_1 * right_0;
   acc_2_0 += left_2 * right_0;
   acc_3_0 += left_3 * right_0;
   let v_28 = vec4f(right_tile[i_23 + 64], right_tile[i_23 + 80], right_tile[i_23 + 96], right_tile[i_23 + 112]);
   acc_0_0 += left_tile[i_22 + 64] * v_28;
   acc_1_0 += left_tile[i_22 + 80] * v_28;
   acc_2_0 += left_tile[i_22 + 96] * v_28;
   acc_3_0 += left_tile[i_22 + 112] * v_28;
   let v_33 = vec4f(right_tile[i_23 + 128], right_tile[i_23 + 144], right_tile[i_23 + 160], right_tile[i_23 + 176]);
   acc_0_0 += left_tile[i_22 + 128] * v_33;
   acc_1_0 += left_tile[i_22 + 144] * v_33;
   acc_2_0 += left_tile[i_22 + 160] * v_33;
   acc_3_0 += left_tile[i_22 + 176] * v_33;
   let v_38 = vec4f(right_tile[i_23 + 192], right_tile[i_23 + 208], right_tile[i_23 + 224], right_tile[i_23 + 240]);
   acc_0_0 += left_tile[i_22 + 192] * v_38;
   acc_1_0 += left_tile[i_22 + 208] * v_38;
   acc_2_0 += left_tile[i_22 + 224] * v_38;
   acc_3_0 += left_tile[i_22 + 240] * v_38;
  }
 }
 let i_39 = row_thread + 64 * row_tile;
 let i_41 = 64 * i_1 + col_thread + 8192 * min(i_39, tokens - 1);
 if (i_39 < tokens) {
  out[i_41] = acc_0_0.x;
  out[i_41 + 16] = acc_0_0.y;
  out[i_41 + 32] = acc_0_0.z;
  out[i_41 + 48] = acc_0_0.w;
 }
 let i_43 = 64 * i_1 + col_thread + 8192 * min(i_39 + 16, tokens - 1);
 if ((i_39 + 16) < tokens) {
  out[i_43] = acc_1_0.x;
  out[i_43 + 16] = acc_1_0.y;
  out[i_43 + 32] = acc_1_0.z;
  out[i_43 + 48] = acc_1_0.w;
 }
 let i_45 = 64 * i_1 + col_thread + 8192 * min(i_39 + 32, tokens - 1);
 if ((i_39 + 32) < tokens) {
  out[i_45] = acc_2_0.x;
  out[i_45 + 16] = acc_2_0.y;
  out[i_45 + 32] = acc_2_0.z;
  out[i_45 + 48] = acc_2_0.w;
 }
 let i_47 = 64 * i_1 + col_thread + 8192 * min(i_39 + 48, tokens - 1);
 if ((i_39 + 48) < tokens) {
  out[i_47] = acc_3_0.x;
  out[i_47 + 16] = acc_3_0.y;
  out[i_47 + 32] = acc_3_0.z;
  out[i_47 + 48] = acc_3_0.w;
 }
}
