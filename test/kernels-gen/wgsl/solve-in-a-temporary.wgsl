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
 let i_0 = 65 * group;
 let i_3 = 4420 * group;
 for (var ja = lane; ja < 65; ja += 256) {
  let f_2 = arg1[i_0 + ja];
  let i_4 = i_3 + ja;
  for (var ia = 0; ia < 65; ia += 1) {
   scratch[i_4 + 68 * ia] = select(select(0.0f, f_2, ia < ja), 2.0f, ia == ja);
  }
 }
 let i_6 = 195 * group;
 for (var jb = lane; jb < 3; jb += 256) {
  let i_7 = i_6 + jb;
  let i_10 = i_3 + jb;
  for (var ib = 0; ib < 65; ib += 1) {
   scratch[i_10 + 68 * ib + 65] = arg0[i_7 + 3 * ib];
  }
 }
 storageBarrier();
 for (var k = 0; k < 65; k += 1) {
  let pivot = scratch[i_3 + 69 * k];
  let i_13 = lane + k;
  let i_14 = i_3 + 68 * k;
  let i_19 = i_3 + k;
  for (var j = i_13 + 1; j < 68; j += 256) {
   let factor = scratch[i_14 + j] / pivot;
   let i_17 = i_3 + j;
   for (var i = 0; i < 65; i += 1) {
    if (!(i == k)) {
     scratch[i_17 + 68 * i] -= scratch[i_19 + 68 * i] * factor;
    }
   }
  }
  storageBarrier();
 }
 for (var jx = lane; jx < 3; jx += 256) {
  let i_21 = i_3 + jx;
  let i_25 = i_6 + jx;
  for (var ix = 0; ix < 65; ix += 1) {
   out[i_25 + 3 * ix] = scratch[i_21 + 68 * ix + 65] / scratch[i_3 + 69 * ix];
  }
 }
}
