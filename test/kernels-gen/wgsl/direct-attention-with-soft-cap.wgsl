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
 if (group >= ((tokens + 7) / 8) * 4) { return; }
 let i_1 = i32(u32(group) / 4u);
 let head = group - i_1 * 4;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 let i_4 = head >> 1;
 var sum_0 = 0.0f;
 var sum_1 = 0.0f;
 let i_5 = 8 * i_1;
 let i_7 = arg2[min(i_5, tokens - 1)];
 let i_9 = select(tokens, select(i_7, 0, i_7 < 0), i_7 < tokens);
 let i_11 = arg2[min(i_5 + 1, tokens - 1)];
 let i_13 = select(i_9, select(i_11, 0, i_11 < 0), i_11 < i_9);
 let i_15 = arg2[min(i_5 + 2, tokens - 1)];
 let i_17 = select(i_13, select(i_15, 0, i_15 < 0), i_15 < i_13);
 let i_19 = arg2[min(i_5 + 3, tokens - 1)];
 let i_21 = select(i_17, select(i_19, 0, i_19 < 0), i_19 < i_17);
 let i_23 = arg2[min(i_5 + 4, tokens - 1)];
 let i_25 = select(i_21, select(i_23, 0, i_23 < 0), i_23 < i_21);
 let i_27 = arg2[min(i_5 + 5, tokens - 1)];
 let i_29 = select(i_25, select(i_27, 0, i_27 < 0), i_27 < i_25);
 let i_31 = arg2[min(i_5 + 6, tokens - 1)];
 let i_33 = select(i_29, select(i_31, 0, i_31 < 0), i_31 < i_29);
 let i_35 = arg2[min(i_5 + 7, tokens - 1)];
 let i_38 = select(i_33, select(i_35, 0, i_35 < 0), i_35 < i_33) >> 3;
 let i_62 = arg2[i_3];
 let i_63 = head + 4 * i_3;
 let f_64 = arg4[i_63];
 let f_66 = arg6[i_63];
 let i_67 = place + 8 * row;
 for (var block = i_38; block < i_1 + 1; block += 1) {
  let i_39 = 8 * block + place;
  let i_40 = min(i_39, tokens - 1);
  var s = 0.0f;
  var z = 0.0f;
  let i_41 = 16 * head + 64 * i_3;
  let i_44 = 32 * i_40 + 16 * i_4;
  for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
   let i_42 = i_41 + 4 * c_step;
   let i_45 = i_44 + 4 * c_step;
   s += arg0[i_42] * arg1[i_45];
   z += arg5[i_42] * arg3[i_45];
   s += arg0[i_42 + 1] * arg1[i_45 + 1];
   z += arg5[i_42 + 1] * arg3[i_45 + 1];
   s += arg0[i_42 + 2] * arg1[i_45 + 2];
   z += arg5[i_42 + 2] * arg3[i_45 + 2];
   s += arg0[i_42 + 3] * arg1[i_45 + 3];
   z += arg5[i_42 + 3] * arg3[i_45 + 3];
  }
  s = tanh_of((s * 0.004999999888241291f));
  let f_65 = exp(((s * 50.0f) - f_64));
  let w = select(0.0f, (f_65 * (z - f_66)) * (1.0f - (s * s)), (i_39 < tokens) && ((!(i_40 < i_62)) && (!(i_3 < i_40))));
  handed_w[i_67] = w;
  workgroupBarrier();
  let i_68 = 8 * block;
  let i_71 = 8 * row;
  let i_73 = 16 * i_4 + place;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let left = handed_w[i_71 + u];
   let i_74 = i_73 + 32 * min(i_68 + u, tokens - 1);
   sum_0 += left * arg1[i_74];
   sum_1 += left * arg1[i_74 + 8];
  }
  workgroupBarrier();
 }
 let i_77 = 16 * head + 64 * i_3 + place;
 if (i_2 < tokens) {
  out[i_77] = sum_0 * 0.25f;
  out[i_77 + 8] = sum_1 * 0.25f;
 }
}
