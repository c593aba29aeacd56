@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read> arg5: array<f32>;
@group(0) @binding(6) var<storage, read> arg6: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(8) var<uniform> params: Params;
var<workgroup> handed: array<f32, 128>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 2) { return; }
 let tile = i32(u32(group) / 2u);
 let key_head = group - tile * 2;
 let first_row = tile * 8;
 let place = (lane & 7);
 let row_0 = first_row + (lane >> 3);
 let at_0 = min(row_0, tokens - 1);
 var key_0_0 = 0.0f;
 var key_0_1 = 0.0f;
 var value_0_0 = 0.0f;
 var value_0_1 = 0.0f;
 for (var block = first_row; block < tokens; block += 8) {
  var lowest_block = arg2[min(block, tokens - 1)];
  for (var u = 1; u < 8 + (group >> 31); u += 1) {
   lowest_block = min(lowest_block, arg2[min(block + u, tokens - 1)]);
  }
  if (lowest_block < first_row + 8) {
   let other = block + place;
   let from_token = min(other, tokens - 1);
   let start = arg2[from_token];
   for (var head = key_head * 2; head < key_head * 2 + 2; head += 1) {
    let lse = arg4[from_token * 4 + head];
    let inner = arg6[from_token * 4 + head];
    var s_0 = 0.0f;
    let s_row = (at_0 * 2 + key_head) * 16;
    let s_stream = (from_token * 4 + head) * 16;
    var z_0 = 0.0f;
    let z_row = (at_0 * 2 + key_head) * 16;
    let z_stream = (from_token * 4 + head) * 16;
    for (var c = 0; c < 16 + (group >> 31); c += 4) {
     s_0 += arg1[s_row + c + 0] * arg0[s_stream + c + 0];
     z_0 += arg3[z_row + c + 0] * arg5[z_stream + c + 0];
     s_0 += arg1[s_row + c + 1] * arg0[s_stream + c + 1];
     z_0 += arg3[z_row + c + 1] * arg5[z_stream + c + 1];
     s_0 += arg1[s_row + c + 2] * arg0[s_stream + c + 2];
     z_0 += arg3[z_row + c + 2] * arg5[z_stream + c + 2];
     s_0 += arg1[s_row + c + 3] * arg0[s_stream + c + 3];
     z_0 += arg3[z_row + c + 3] * arg5[z_stream + c + 3];
    }
    let p_0 = select(0.0f, exp(s_0 * 0.25f - lse), other < tokens && row_0 >= start && row_0 <= other);
    let w_0 = select(0.0f, p_0 * (z_0 - inner), other < tokens && row_0 >= start && row_0 <= other);
    handed[0 + lane] = w_0;
    handed[64 + lane] = p_0;
    workgroupBarrier();
    for (var u = 0; u < 8 + (group >> 31); u += 1) {
     let begin = (min(block + u, tokens - 1) * 4 + head) * 16;
     let key_w_0 = handed[0 + (lane & 56) + u];
     let key_x_0 = arg0[begin + place + 0];
     key_0_0 = fma(key_w_0, key_x_0, key_0_0);
     let key_x_1 = arg0[begin + place + 8];
     key_0_1 = fma(key_w_0, key_x_1, key_0_1);
     let value_w_0 = handed[64 + (lane & 56) + u];
     let value_x_0 = arg5[begin + place + 0];
     value_0_0 = fma(value_w_0, value_x_0, value_0_0);
     let value_x_1 = arg5[begin + place + 8];
     value_0_1 = fma(value_w_0, value_x_1, value_0_1);
    }
    workgroupBarrier();
   }
  }
 }
 if (row_0 < tokens) {
  out[((row_0 * 2 + 0) * 2 + key_head) * 16 + place + 0] = key_0_0 * 0.25f;
  out[((row_0 * 2 + 0) * 2 + key_head) * 16 + place + 8] = key_0_1 * 0.25f;
 }
 if (row_0 < tokens) {
  out[((row_0 * 2 + 1) * 2 + key_head) * 16 + place + 0] = value_0_0;
  out[((row_0 * 2 + 1) * 2 + key_head) * 16 + place + 8] = value_0_1;
 }
}
