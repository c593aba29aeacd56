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
fn tanh_of(x: f32) -> f32 {
  let z = x * x;
  let near = x + x * z * (((((-0.0065315100364387035f) * z + 0.021267129108309746f) * z + -0.05390249937772751f) * z + 0.1333307921886444f) * z + -0.3333333134651184f);
  let far = 1.0f - 2.0f / (exp(2.0f * min(abs(x), 15.0f)) + 1.0f);
  return select(select(far, -far, x < 0.0f), near, abs(x) < 0.5625f);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 2 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let m = group - i_1 * 2;
 let i_2 = i32(u32(i_1) / 2u);
 let key_head = i_1 - i_2 * 2;
 let row = lane >> 3;
 let place = lane & 7;
 let i_3 = row + 8 * i_2;
 let i_4 = min(i_3, tokens - 1);
 let i_5 = 2 * key_head + m;
 var sum_0 = 0.0f;
 var sum_1 = 0.0f;
 let i_6 = 8 * i_2;
 let i_8 = arg2[min(i_6, tokens - 1)];
 let i_10 = select(tokens, select(i_8, 0, i_8 < 0), i_8 < tokens);
 let i_12 = arg2[min(i_6 + 1, tokens - 1)];
 let i_14 = select(i_10, select(i_12, 0, i_12 < 0), i_12 < i_10);
 let i_16 = arg2[min(i_6 + 2, tokens - 1)];
 let i_18 = select(i_14, select(i_16, 0, i_16 < 0), i_16 < i_14);
 let i_20 = arg2[min(i_6 + 3, tokens - 1)];
 let i_22 = select(i_18, select(i_20, 0, i_20 < 0), i_20 < i_18);
 let i_24 = arg2[min(i_6 + 4, tokens - 1)];
 let i_26 = select(i_22, select(i_24, 0, i_24 < 0), i_24 < i_22);
 let i_28 = arg2[min(i_6 + 5, tokens - 1)];
 let i_30 = select(i_26, select(i_28, 0, i_28 < 0), i_28 < i_26);
 let i_32 = arg2[min(i_6 + 6, tokens - 1)];
 let i_34 = select(i_30, select(i_32, 0, i_32 < 0), i_32 < i_30);
 let i_36 = arg2[min(i_6 + 7, tokens - 1)];
 let i_39 = select(i_34, select(i_36, 0, i_36 < 0), i_36 < i_34) >> 3;
 let i_63 = arg2[i_4];
 let i_64 = i_5 + 4 * i_4;
 let f_65 = arg4[i_64];
 let f_67 = arg6[i_64];
 let i_68 = place + 8 * row;
 for (var block = i_39; block < i_2 + 1; block += 1) {
  let i_40 = 8 * block + place;
  let i_41 = min(i_40, tokens - 1);
  var s = 0.0f;
  var z = 0.0f;
  let i_42 = 16 * i_5 + 64 * i_4;
  let i_45 = 32 * i_41 + 16 * key_head;
  for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
   let i_43 = i_42 + 4 * c_step;
   let i_46 = i_45 + 4 * c_step;
   s += arg0[i_43] * arg1[i_46];
   z += arg5[i_43] * arg3[i_46];
   s += arg0[i_43 + 1] * arg1[i_46 + 1];
   z += arg5[i_43 + 1] * arg3[i_46 + 1];
   s += arg0[i_43 + 2] * arg1[i_46 + 2];
   z += arg5[i_43 + 2] * arg3[i_46 + 2];
   s += arg0[i_43 + 3] * arg1[i_46 + 3];
   z += arg5[i_43 + 3] * arg3[i_46 + 3];
  }
  s = tanh_of((s * 0.004999999888241291f));
  let f_66 = exp(((s * 50.0f) - f_65));
  let w = select(0.0f, (f_66 * (z - f_67)) * (1.0f - (s * s)), (i_40 < tokens) && ((!(i_41 < i_63)) && (!(i_4 < i_41))));
  handed_w[i_68] = w;
  workgroupBarrier();
  let i_69 = 8 * block;
  let i_72 = 8 * row;
  let i_74 = 16 * key_head + place;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let left = handed_w[i_72 + u];
   let i_75 = i_74 + 32 * min(i_69 + u, tokens - 1);
   sum_0 += left * arg1[i_75];
   sum_1 += left * arg1[i_75 + 8];
  }
  workgroupBarrier();
 }
 let i_78 = 16 * i_5 + 64 * i_4 + place;
 if (i_3 < tokens) {
  out[i_78] = sum_0 * 0.25f;
  out[i_78 + 8] = sum_1 * 0.25f;
 }
}
