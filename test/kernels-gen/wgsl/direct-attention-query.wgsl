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
var<workgroup> handed_w: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 1 * 3) { return; }
 let i_1 = i32(u32(group) / 3u);
 let m = group - i_1 * 3;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 var sum_0 = 0.0f;
 var sum_1 = 0.0f;
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
 let i_48 = arg2[i_3];
 let i_49 = m + 3 * i_3;
 let f_50 = arg4[i_49];
 let f_52 = arg6[i_49];
 let i_53 = place + 8 * row;
 let i_61 = min(place + 8, 12);
 for (var block = i_37; block < i_1 + 1; block += 1) {
  let i_38 = 8 * block + place;
  let i_39 = min(i_38, tokens - 1);
  var s = 0.0f;
  var z = 0.0f;
  let i_40 = 13 * m + 39 * i_3;
  let i_43 = 13 * i_39;
  for (var c = 0; c < 13 + (group >> 31); c += 1) {
   let i_41 = i_40 + c;
   let i_44 = i_43 + c;
   s += arg0[i_41] * arg1[i_44];
   z += arg5[i_41] * arg3[i_44];
  }
  let f_51 = exp(((s * 0.25f) - f_50));
  let w = select(0.0f, f_51 * (z - f_52), (i_38 < tokens) && ((!(i_39 < i_48)) && (!(i_3 < i_39))));
  handed_w[i_53] = w;
  workgroupBarrier();
  let i_54 = 8 * block;
  let i_57 = 8 * row;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let i_56 = min(i_54 + u, tokens - 1);
   let left = handed_w[i_57 + u];
   sum_0 += left * arg1[place + 13 * i_56];
   sum_1 += left * arg1[i_61 + 13 * i_56];
  }
  workgroupBarrier();
 }
 if (i_2 < tokens) {
  out[place + 13 * m + 39 * i_3] = sum_0 * 0.25f;
  if ((place + 8) < 13) {
   out[i_61 + 13 * m + 39 * i_3] = sum_1 * 0.25f;
  }
 }
}
