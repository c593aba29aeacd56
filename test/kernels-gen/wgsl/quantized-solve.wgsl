@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 24>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 9 * group;
 for (var ja = lane; ja < 3; ja += 64) {
  let i_1 = i_0 + ja;
  for (var ia = 0; ia < 3; ia += 1) {
   let i_4 = ja + 8 * ia;
   rows[i_4] = arg0[i_1 + 3 * ia];
  }
 }
 let i_5 = 15 * group;
 let i_13 = 3 * group;
 for (var jb = lane; jb < 5; jb += 64) {
  let i_6 = i_5 + jb;
  for (var ib = 0; ib < 3; ib += 1) {
   let i_7 = i_6 + 5 * ib;
   let f_17 = f32(bitcast<i32>(arg1[i_7 >> 2] << u32(-8 * (i_7 & 3) + 24)) >> 24) * bitcast<f32>(arg1[i_13 + ib + 8]);
   let i_18 = jb + 8 * ib;
   rows[i_18 + 3] = f_17;
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 3; k += 1) {
  let i_19 = 9 * k;
  let pivot = rows[i_19];
  let i_20 = lane + k;
  let i_21 = 8 * k;
  for (var j = i_20 + 1; j < 8; j += 64) {
   let factor = rows[i_21 + j] / pivot;
   for (var i = 0; i < 3; i += 1) {
    let i_24 = j + 8 * i;
    let i_25 = k + 8 * i;
    if (!(i == k)) {
     rows[i_24] -= rows[i_25] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 5; jx += 64) {
  let i_29 = i_5 + jx;
  for (var ix = 0; ix < 3; ix += 1) {
   let i_26 = jx + 8 * ix;
   let i_27 = 9 * ix;
   out[i_29 + 5 * ix] = rows[i_26 + 3] / rows[i_27];
  }
 }
}
