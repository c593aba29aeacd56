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
 if (group >= ((tokens + 7) / 8) * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let head = group - i_1 * 3;
 var larger: f32;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 var most = 0.0f;
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
 let i_40 = 13 * head + 39 * i_3;
 for (var block = i_37; block < i_1 + 1; block += 1) {
  let i_38 = place + 8 * block;
  if (i_38 < tokens) {
   let i_43 = 13 * i_38;
   if ((!(i_38 < i_39)) && (!(i_3 < i_38))) {
    var s = 0.0f;
    for (var c = 0; c < 13 + (group >> 31); c += 1) {
     s += arg0[i_40 + c] * arg1[i_43 + c];
    }
    larger = select(s * 0.25f, max(most, (s * 0.25f)), 0.0f < total);
    total = select(0.0f, total * exp((most - larger)), 0.0f < total) + exp(((s * 0.25f) - larger));
    most = larger;
   }
  }
 }
 let i_48 = place + 8 * row;
 handed_most[i_48] = most;
 handed_total[i_48] = total;
 workgroupBarrier();
 most = 0.0f;
 total = 0.0f;
 let i_49 = 8 * row;
 for (var u = 0; u < 8 + (group >> 31); u += 1) {
  let i_50 = i_49 + u;
  let other_most = handed_most[i_50];
  let other_total = handed_total[i_50];
  if (0.0f < other_total) {
   larger = select(other_most, max(most, other_most), 0.0f < total);
   total = select(0.0f, total * exp((most - larger)), 0.0f < total) + (other_total * exp((other_most - larger)));
   most = larger;
  }
 }
 if (place < 1) {
  if (i_2 < tokens) {
   out[head + 3 * i_3] = select(0.0f, most + log(max(total, 1.0000000031710769e-30f)), 0.0f < total);
  }
 }
}
