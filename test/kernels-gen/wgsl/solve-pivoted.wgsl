@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 24>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_1 = 3 * group;
 for (var ja = lane; ja < 3; ja += 64) {
  let f_3 = arg1[i_1 + ja];
  for (var ia = 0; ia < 3; ia += 1) {
   let i_0 = -ia;
   let i_4 = ja + 8 * ia;
   rows[i_4] = select(select(0.0f, f_3, (i_0 + 2) < ja), 4.0f, (i_0 + 2) == ja);
  }
 }
 let i_5 = 15 * group;
 for (var jb = lane; jb < 5; jb += 64) {
  let i_6 = i_5 + jb;
  for (var ib = 0; ib < 3; ib += 1) {
   let i_9 = jb + 8 * ib;
   rows[i_9 + 3] = arg0[i_6 + 5 * ib];
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 3; k += 1) {
  let i_10 = 9 * k;
  var pivot = rows[i_10];
  var best = k;
  for (var c = k + 1; c < 3; c += 1) {
   let i_11 = k + 8 * c;
   if (abs(pivot) < abs(rows[i_11])) {
    pivot = rows[i_11];
    best = c;
   }
  }
  let i_12 = best;
  let i_13 = lane + k;
  let i_14 = 8 * i_12;
  let i_17 = 8 * k;
  for (var j = i_13 + 1; j < 8; j += 64) {
   let i_15 = i_14 + j;
   let factor = rows[i_15] / pivot;
   let i_18 = i_17 + j;
   rows[i_15] = rows[i_18];
   rows[i_18] = factor;
   for (var i = 0; i < 3; i += 1) {
    let i_19 = j + 8 * i;
    let i_20 = k + 8 * i;
    if (!(i == k)) {
     rows[i_19] -= select(rows[i_20], rows[i_10], i == i_12) * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 5; jx += 64) {
  let i_22 = i_5 + jx;
  for (var ix = 0; ix < 3; ix += 1) {
   let i_21 = jx + 8 * ix;
   out[i_22 + 5 * ix] = rows[i_21 + 3];
  }
 }
}
