@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= tokens * 1) { return; }
 let i_1 = 65 * group;
 let i_4 = 4420 * group;
 for (var ja = lane; ja < 65; ja += 256) {
  let f_3 = arg1[i_1 + ja];
  let i_5 = i_4 + ja;
  for (var ia = 0; ia < 65; ia += 1) {
   let i_0 = -ia;
   scratch[i_5 + 68 * ia] = select(select(0.0f, f_3, (i_0 + 64) < ja), 4.0f, (i_0 + 64) == ja);
  }
 }
 let i_7 = 195 * group;
 for (var jb = lane; jb < 3; jb += 256) {
  let i_8 = i_7 + jb;
  let i_11 = i_4 + jb;
  for (var ib = 0; ib < 65; ib += 1) {
   scratch[i_11 + 68 * ib + 65] = arg0[i_8 + 3 * ib];
  }
 }
 storageBarrier();
 for (var k = 0; k < 65; k += 1) {
  let i_13 = i_4 + 69 * k;
  var pivot = scratch[i_13];
  var best = k;
  let i_14 = i_4 + k;
  for (var c = k + 1; c < 65; c += 1) {
   let i_15 = i_14 + 68 * c;
   if (abs(pivot) < abs(scratch[i_15])) {
    pivot = scratch[i_15];
    best = c;
   }
  }
  let i_16 = best;
  let i_17 = lane + k;
  let i_18 = i_4 + 68 * i_16;
  let i_21 = i_4 + 68 * k;
  for (var j = i_17 + 1; j < 68; j += 256) {
   let i_19 = i_18 + j;
   let factor = scratch[i_19] / pivot;
   let i_22 = i_21 + j;
   scratch[i_19] = scratch[i_22];
   scratch[i_22] = factor;
   let i_23 = i_4 + j;
   for (var i = 0; i < 65; i += 1) {
    if (!(i == k)) {
     scratch[i_23 + 68 * i] -= select(scratch[i_14 + 68 * i], scratch[i_13], i == i_16) * factor;
    }
   }
  }
  storageBarrier();
 }
 for (var jx = lane; jx < 3; jx += 256) {
  let i_26 = i_4 + jx;
  let i_28 = i_7 + jx;
  for (var ix = 0; ix < 65; ix += 1) {
   out[i_28 + 3 * ix] = scratch[i_26 + 68 * ix + 65];
  }
 }
}
