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
var<workgroup> handed_p: array<f32, 64>;
var<workgroup> handed_w: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 7) / 8;
 if (group >= i_0 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let key_head = group - i_1 * 2;
 let row = lane >> 3;
 let place = lane & 7;
 let i_2 = row + 8 * i_1;
 let i_3 = min(i_2, tokens - 1);
 var key_0 = 0.0f;
 var value_0 = 0.0f;
 var key_1 = 0.0f;
 var value_1 = 0.0f;
 let i_14 = 8 * i_1;
 let i_50 = place + 8 * row;
 for (var block = i_1; block < i_0; block += 1) {
  let i_4 = 8 * block;
  let i_13 = arg2[min(i_4, tokens - 1)];
  let i_15 = arg2[min(i_4 + 1, tokens - 1)];
  let i_16 = arg2[min(i_4 + 2, tokens - 1)];
  let i_17 = arg2[min(i_4 + 3, tokens - 1)];
  let i_18 = arg2[min(i_4 + 4, tokens - 1)];
  let i_19 = arg2[min(i_4 + 5, tokens - 1)];
  let i_20 = arg2[min(i_4 + 6, tokens - 1)];
  let i_21 = arg2[min(i_4 + 7, tokens - 1)];
  if ((((((((i_13 < (i_14 + 8)) || (i_15 < (i_14 + 8))) || (i_16 < (i_14 + 8))) || (i_17 < (i_14 + 8))) || (i_18 < (i_14 + 8))) || (i_19 < (i_14 + 8))) || (i_20 < (i_14 + 8))) || (i_21 < (i_14 + 8))) {
   for (var m = 0; m < 2 + (group >> 31); m += 1) {
    let i_22 = 2 * key_head + m;
    let i_23 = 8 * block + place;
    let i_24 = min(i_23, tokens - 1);
    var s = 0.0f;
    var z = 0.0f;
    let i_25 = 16 * i_22 + 64 * i_24;
    let i_28 = 32 * i_3 + 16 * key_head;
    for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
     let i_26 = i_25 + 4 * c_step;
     let i_29 = i_28 + 4 * c_step;
     s += arg0[i_26] * arg1[i_29];
     z += arg5[i_26] * arg3[i_29];
     s += arg0[i_26 + 1] * arg1[i_29 + 1];
     z += arg5[i_26 + 1] * arg3[i_29 + 1];
     s += arg0[i_26 + 2] * arg1[i_29 + 2];
     z += arg5[i_26 + 2] * arg3[i_29 + 2];
     s += arg0[i_26 + 3] * arg1[i_29 + 3];
     z += arg5[i_26 + 3] * arg3[i_29 + 3];
    }
    let i_45 = arg2[i_24];
    let i_46 = i_22 + 4 * i_24;
    let p = select(0.0f, exp(((s * 0.25f) - arg4[i_46])), (i_23 < tokens) && ((!(i_3 < i_45)) && (!(i_24 < i_3))));
    let w = select(0.0f, p * (z - arg6[i_46]), (i_23 < tokens) && ((!(i_3 < i_45)) && (!(i_24 < i_3))));
    handed_p[i_50] = p;
    handed_w[i_50] = w;
    workgroupBarrier();
    let i_53 = 8 * row;
    let i_55 = 16 * i_22 + place;
    for (var u = 0; u < 8 + (group >> 31); u += 1) {
     let i_54 = i_53 + u;
     let left = handed_w[i_54];
     let i_56 = i_55 + 64 * min(i_4 + u, tokens - 1);
     key_0 += left * arg0[i_56];
     key_1 += left * arg0[i_56 + 8];
     let left1 = handed_p[i_54];
     value_0 += left1 * arg5[i_56];
     value_1 += left1 * arg5[i_56 + 8];
    }
    workgroupBarrier();
   }
  }
 }
 let i_61 = 64 * i_3 + 16 * key_head + place;
 if (i_2 < tokens) {
  out[i_61] = key_0 * 0.25f;
  out[i_61 + 32] = value_0;
  out[i_61 + 8] = key_1 * 0.25f;
  out[i_61 + 40] = value_1;
 }
}
