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
 let i_0 = i32(u32(group) / 2u);
 let key_head = group - i_0 * 2;
 let row = lane >> 3;
 let place = lane & 7;
 let i_1 = row + 8 * i_0;
 var key_0 = 0.0f;
 var value_0 = 0.0f;
 var key_1 = 0.0f;
 var value_1 = 0.0f;
 let i_2 = (tokens + 7) / 8;
 let i_14 = 8 * i_0;
 let i_59 = place + 8 * row;
 for (var block = 0; block < i_2; block += 1) {
  let i_3 = 8 * block;
  let i_13 = arg2[2 * min(i_3, tokens - 1)];
  let i_16 = arg2[2 * min(i_3 + 1, tokens - 1)];
  let i_18 = arg2[2 * min(i_3 + 2, tokens - 1)];
  let i_20 = arg2[2 * min(i_3 + 3, tokens - 1)];
  let i_22 = arg2[2 * min(i_3 + 4, tokens - 1)];
  let i_24 = arg2[2 * min(i_3 + 5, tokens - 1)];
  let i_26 = arg2[2 * min(i_3 + 6, tokens - 1)];
  let i_28 = arg2[2 * min(i_3 + 7, tokens - 1)];
  if ((((((((i_13 < (i_14 + 8)) || (i_16 < (i_14 + 8))) || (i_18 < (i_14 + 8))) || (i_20 < (i_14 + 8))) || (i_22 < (i_14 + 8))) || (i_24 < (i_14 + 8))) || (i_26 < (i_14 + 8))) || (i_28 < (i_14 + 8))) {
   for (var m = 0; m < 2 + (group >> 31); m += 1) {
    let i_29 = 2 * key_head + m;
    let i_30 = 8 * block + place;
    let i_31 = min(i_30, tokens - 1);
    var s = 0.0f;
    var z = 0.0f;
    let i_32 = 16 * i_29 + 64 * i_31;
    let i_35 = 32 * i_1 + 16 * key_head;
    for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
     let i_33 = i_32 + 4 * c_step;
     let i_36 = i_35 + 4 * c_step;
     s += arg0[i_33] * arg1[i_36];
     z += arg5[i_33] * arg3[i_36];
     s += arg0[i_33 + 1] * arg1[i_36 + 1];
     z += arg5[i_33 + 1] * arg3[i_36 + 1];
     s += arg0[i_33 + 2] * arg1[i_36 + 2];
     z += arg5[i_33 + 2] * arg3[i_36 + 2];
     s += arg0[i_33 + 3] * arg1[i_36 + 3];
     z += arg5[i_33 + 3] * arg3[i_36 + 3];
    }
    let i_52 = 2 * i_31;
    let i_53 = arg2[i_52];
    let i_54 = arg2[i_52 + 1];
    let i_55 = i_29 + 4 * i_31;
    let p = select(0.0f, exp(((s * 0.25f) - arg4[i_55])), (i_30 < tokens) && ((!(i_1 < i_53)) && (!(i_54 < i_1))));
    let w = select(0.0f, p * (z - arg6[i_55]), (i_30 < tokens) && ((!(i_1 < i_53)) && (!(i_54 < i_1))));
    handed_p[i_59] = p;
    handed_w[i_59] = w;
    workgroupBarrier();
    let i_62 = 8 * row;
    let i_64 = 16 * i_29 + place;
    for (var u = 0; u < 8 + (group >> 31); u += 1) {
     let i_63 = i_62 + u;
     let left = handed_w[i_63];
     let i_65 = i_64 + 64 * min(i_3 + u, tokens - 1);
     key_0 += left * arg0[i_65];
     key_1 += left * arg0[i_65 + 8];
     let left1 = handed_p[i_63];
     value_0 += left1 * arg5[i_65];
     value_1 += left1 * arg5[i_65 + 8];
    }
    workgroupBarrier();
   }
  }
 }
 let i_70 = 64 * i_1 + 16 * key_head + place;
 out[i_70] = key_0 * 0.25f;
 out[i_70 + 32] = value_0;
 out[i_70 + 8] = key_1 * 0.25f;
 out[i_70 + 40] = value_1;
}
