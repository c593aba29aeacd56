@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(6) var<uniform> params: Params;
var<workgroup> handed_p: array<f32, 64>;

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
 let i_54 = arg2[i_4];
 let f_56 = arg4[i_5 + 4 * i_4];
 let i_58 = place + 8 * row;
 for (var block = i_39; block < i_2 + 1; block += 1) {
  let i_40 = 8 * block + place;
  let i_41 = min(i_40, tokens - 1);
  var s = 0.0f;
  let i_42 = 16 * i_5 + 64 * i_4;
  let i_45 = 32 * i_41 + 16 * key_head;
  for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
   let i_43 = i_42 + 4 * c_step;
   let i_46 = i_45 + 4 * c_step;
   s += arg0[i_43] * arg1[i_46];
   s += arg0[i_43 + 1] * arg1[i_46 + 1];
   s += arg0[i_43 + 2] * arg1[i_46 + 2];
   s += arg0[i_43 + 3] * arg1[i_46 + 3];
  }
  let p = select(0.0f, exp(((s * 0.25f) - f_56)), (i_40 < tokens) && ((!(i_41 < i_54)) && (!(i_4 < i_41))));
  handed_p[i_58] = p;
  workgroupBarrier();
  let i_59 = 8 * block;
  let i_62 = 8 * row;
  let i_64 = 16 * key_head + place;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let left = handed_p[i_62 + u];
   let i_65 = i_64 + 32 * min(i_59 + u, tokens - 1);
   sum_0 += left * arg3[i_65];
   sum_1 += left * arg3[i_65 + 8];
  }
  workgroupBarrier();
 }
 let i_68 = 16 * i_5 + 64 * i_4 + place;
 if (i_3 < tokens) {
  out[i_68] = sum_0;
  out[i_68 + 8] = sum_1;
 }
}
