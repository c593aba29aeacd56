@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;
var<workgroup> handed_most: array<f32, 64>;
var<workgroup> handed_total: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 1 * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let m = group - i_1 * 3;
 var ratio: f32;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 var most = -3.0000000054977558e+38f;
 var total = 0.0f;
 let i_4 = 8 * i_1;
 let i_6 = arg2[min(i_4, tokens - 1)];
 let i_8 = select(tokens, select(i_6, 0, i_6 < 0), i_6 < tokens);
 let i_10 = arg2[min(i_4 + 1, tokens - 1)];
 let i_12 = select(i_8, select(i_10, 0, i_10 < 0), i_10 < i_8);
 let i_14 = arg2[min(i_4 + 2, tokens - 1)];
 let i_16 = select(i_12, select(i_14, 0, i_14 < 0), i_14 < i_12);
 let i_18 = arg2[min(i_4 + 3, tokens - 1)];
 let i_20 = select(i_16, select(i_18, 0, i_18 < 0), i_18 < i_16);
 let i_22 = arg2[min(i_4 + 4, tokens - 1)];
 let i_24 = select(i_20, select(i_22, 0, i_22 < 0), i_22 < i_20);
 let i_26 = arg2[min(i_4 + 5, tokens - 1)];
 let i_28 = select(i_24, select(i_26, 0, i_26 < 0), i_26 < i_24);
 let i_30 = arg2[min(i_4 + 6, tokens - 1)];
 let i_32 = select(i_28, select(i_30, 0, i_30 < 0), i_30 < i_28);
 let i_34 = arg2[min(i_4 + 7, tokens - 1)];
 let i_37 = select(i_32, select(i_34, 0, i_34 < 0), i_34 < i_32) >> 3;
 let i_39 = arg2[i_3];
 let i_40 = 13 * m + 39 * i_3;
 for (var block = i_37; block < i_1 + 1; block += 1) {
  let i_38 = place + 8 * block;
  if (i_38 < tokens) {
   let i_43 = 13 * i_38;
   if ((!(i_38 < i_39)) && (!(i_3 < i_38))) {
    var s = 0.0f;
    for (var c = 0; c < 13 + (group >> 31); c += 1) {
     s += arg0[i_40 + c] * arg1[i_43 + c];
    }
    ratio = exp((min(most, (s * 0.25f)) - max(most, (s * 0.25f))));
    total = select(total + (1.0f * ratio), (total * ratio) + 1.0f, most < (s * 0.25f));
    most = max(most, (s * 0.25f));
   }
  }
 }
 let i_47 = place + 8 * row;
 handed_most[i_47] = most;
 handed_total[i_47] = total;
 workgroupBarrier();
 most = -3.0000000054977558e+38f;
 total = 0.0f;
 let i_48 = 8 * row;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let i_49 = i_48 + u;
  let other_most = handed_most[i_49];
  let other_total = handed_total[i_49];
  ratio = exp((min(most, other_most) - max(most, other_most)));
  total = select(total + (other_total * ratio), (total * ratio) + other_total, most < other_most);
  most = max(most, other_most);
 }
 if (place < 1) {
  if (i_2 < tokens) {
   out[m + 3 * i_3] = select(0.0f, most + log(max(total, 1.0000000031710769e-30f)), 0.0f < total);
  }
 }
}
