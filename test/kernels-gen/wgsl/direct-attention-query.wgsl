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
var<workgroup> handed: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 3) { return; }
 let tile = i32(u32(group) / 3u);
 let head = group - tile * 3;
 let first_row = tile * 8;
 let place = (lane & 7);
 let row_0 = first_row + (lane >> 3);
 let at_0 = min(row_0, tokens - 1);
 let key_head = i32(u32(head) / 3u);
 let start_0 = arg2[at_0];
 let lse_0 = arg4[at_0 * 3 + head];
 let inner_0 = arg6[at_0 * 3 + head];
 var sum_0_0 = 0.0f;
 var sum_0_1 = 0.0f;
 var lowest_first_row = arg2[min(first_row, tokens - 1)];
 for (var u = 1; u < 8 + (group >> 31); u += 1) {
  lowest_first_row = min(lowest_first_row, arg2[min(first_row + u, tokens - 1)]);
 }
 let first = max(0, lowest_first_row);
 for (var block = first; block < min(first_row + 8, tokens); block += 8) {
  let other = block + place;
  var s_0 = 0.0f;
  let s_row = (at_0 * 3 + head) * 13;
  let s_stream = (min(other, tokens - 1) * 1 + key_head) * 13;
  var z_0 = 0.0f;
  let z_row = (at_0 * 3 + head) * 13;
  let z_stream = (min(other, tokens - 1) * 1 + key_head) * 13;
  for (var c = 0; c < 13 + (group >> 31); c += 1) {
   s_0 += arg0[s_row + c + 0] * arg1[s_stream + c + 0];
   z_0 += arg5[z_row + c + 0] * arg3[z_stream + c + 0];
  }
  handed[0 + lane] = select(0.0f, exp(s_0 * 0.25f - lse_0) * (z_0 - inner_0), other >= start_0 && other <= row_0);
  workgroupBarrier();
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let begin = (min(block + u, tokens - 1) * 1 + key_head) * 13;
   let sum_w_0 = handed[0 + (lane & 56) + u];
   let sum_x_0 = arg1[begin + place + 0];
   sum_0_0 = fma(sum_w_0, sum_x_0, sum_0_0);
   let sum_x_1 = arg1[begin + min(place + 8, 12)];
   sum_0_1 = fma(sum_w_0, sum_x_1, sum_0_1);
  }
  workgroupBarrier();
 }
 if (row_0 < tokens) {
  out[(row_0 * 3 + head) * 13 + place + 0] = sum_0_0 * 0.25f;
  if (place + 8 < 13) {
   out[(row_0 * 3 + head) * 13 + place + 8] = sum_0_1 * 0.25f;
  }
 }
}
