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
 let i_3 = 64 * row_tile;
 let i_8 = 16 * i_1;
 let i_16 = 1024 * i_1;
 for (var k0_block = 0; k0_block < 4; k0_block += 1) {
  workgroupBarrier();
  let i_2 = lane >> 2;
  let i_4 = i_3 + i_2;
  let i_7 = lane & 3;
  let v_10 = arg0[i_8 + i_7 + 4 * k0_block + 2048 * select(tokens - 1, i_4, i_4 < tokens)];
  let i_12 = i_2 + 256 * i_7;
  left_tile[i_12] = v_10.x;
  left_tile[i_12 + 64] = v_10.y;
  left_tile[i_12 + 128] = v_10.z;
  left_tile[i_12 + 192] = v_10.w;
  let v_18 = arg1[i_16 + 256 * k0_block + lane];
  let i_20 = 4 * lane;
  right_tile[i_20] = v_18.x;
  right_tile[i_20 + 1] = v_18.y;
  right_tile[i_20 + 2] = v_18.z;
  right_tile[i_20 + 3] = v_18.w;
  workgroupBarrier();
  for (var k0_step_group = 0; k0_step_group < 4; k0_step_group += 1) {
   let i_24 = row_thread + 256 * k0_step_group;
   let left_0 = left_tile[i_24];
   let left_1 = left_tile[i_24 + 16];
   let left_2 = left_tile[i_24 + 32];
   let left_3 = left_tile[i_24 + 48];
   let i_25 = col_thread + 256 * k0_step_group;
   let right_0 = vec4f(right_tile[i_25], right_tile[i_25 + 16], right_tile[i_25 + 32], right_tile[i_25 + 48]);
   let v_26 = right_0;
   acc_0_0 += left_0 * v_26;
   acc_1_0 += left_1 * v_26;
   acc_2_0 += left_2 * v_26;
   acc_3_0 += left_3 * v_26;
   let v_32 = vec4f(right_tile[i_25 + 64], right_tile[i_25 + 80], right_tile[i_25 + 96], right_tile[i_25 + 112]);
   acc_0_0 += left_tile[i_24 + 64] * v_32;
   acc_1_0 += left_tile[i_24 + 80] * v_32;
   acc_2_0 += left_tile[i_24 + 96] * v_32;
   acc_3_0 += left_tile[i_24 + 112] * v_32;
   let v_38 = vec4f(right_tile[i_25 + 128], right_tile[i_25 + 144], right_tile[i_25 + 160], right_tile[i_25 + 176]);
   acc_0_0 += left_tile[i_24 + 128] * v_38;
   acc_1_0 += left_tile[i_24 + 144] * v_38;
   acc_2_0 += left_tile[i_24 + 160] * v_38;
   acc_3_0 += left_tile[i_24 + 176] * v_38;
   let v_44 = vec4f(right_tile[i_25 + 192], right_tile[i_25 + 208], right_tile[i_25 + 224], right_tile[i_25 + 240]);
   acc_0_0 += left_tile[i_24 + 192] * v_44;
   acc_1_0 += left_tile[i_24 + 208] * v_44;
   acc_2_0 += left_tile[i_24 + 224] * v_44;
   acc_3_0 += left_tile[i_24 + 240] * v_44;
  }
 }
 let i_45 = row_thread + 64 * row_tile;
 let i_48 = 64 * i_1 + col_thread + 8192 * select(tokens - 1, i_45, i_45 < tokens);
 if (i_45 < tokens) {
  out[i_48] = acc_0_0.x;
  out[i_48 + 16] = acc_0_0.y;
  out[i_48 + 32] = acc_0_0.z;
  out[i_48 + 48] = acc_0_0.w;
 }
 let i_51 = 64 * i_1 + col_thread + 8192 * select(tokens - 1, i_45 + 16, (i_45 + 16) < tokens);
 if ((i_45 + 16) < tokens) {
  out[i_51] = acc_1_0.x;
  out[i_51 + 16] = acc_1_0.y;
  out[i_51 + 32] = acc_1_0.z;
  out[i_51 + 48] = acc_1_0.w;
 }
 let i_54 = 64 * i_1 + col_thread + 8192 * select(tokens - 1, i_45 + 32, (i_45 + 32) < tokens);
 if ((i_45 + 32) < tokens) {
  out[i_54] = acc_2_0.x;
  out[i_54 + 16] = acc_2_0.y;
  out[i_54 + 32] = acc_2_0.z;
  out[i_54 + 48] = acc_2_0.w;
 }
 let i_57 = 64 * i_1 + col_thread + 8192 * select(tokens - 1, i_45 + 48, (i_45 + 48) < tokens);
 if ((i_45 + 48) < tokens) {
  out[i_57] = acc_3_0.x;
  out[i_57 + 16] = acc_3_0.y;
  out[i_57 + 32] = acc_3_0.z;
  out[i_57 + 48] = acc_3_0.w;
 }
}
