@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;
var<workgroup> handed: array<f32, 128>;

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
 var most_0 = 0.0f;
 var total_0 = 0.0f;
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
  for (var c = 0; c < 13 + (group >> 31); c += 1) {
   s_0 += arg0[s_row + c + 0] * arg1[s_stream + c + 0];
  }
  if (other >= start_0 && other <= row_0) {
   let score = s_0 * 0.25f;
   let larger = select(max(most_0, score), score, total_0 == 0.0f);
   let before = select(total_0 * exp(most_0 - larger), 0.0f, total_0 == 0.0f);
   total_0 = before + exp(score - larger);
   most_0 = larger;
  }
 }
 handed[0 + lane] = most_0;
 handed[64 + lane] = total_0;
 workgroupBarrier();
 var all_most_0 = 0.0f;
 var all_total_0 = 0.0f;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let its_most = handed[0 + (lane & 56) + u];
  let its_total = handed[64 + (lane & 56) + u];
  if (its_total > 0.0f) {
   let larger = select(max(all_most_0, its_most), its_most, all_total_0 == 0.0f);
   let before = select(all_total_0 * exp(all_most_0 - larger), 0.0f, all_total_0 == 0.0f);
   all_total_0 = before + its_total * exp(its_most - larger);
   all_most_0 = larger;
  }
 }
 if (place == 0 && row_0 < tokens) {
  out[row_0 * 3 + head] = select(0.0f, all_most_0 + log(max(all_total_0, 1.0e-30f)), all_total_0 > 0.0f);
 }
}
