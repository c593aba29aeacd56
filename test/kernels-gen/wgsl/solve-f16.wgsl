enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f16>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 15>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 3 * group;
 for (var ja = lane; ja < 3; ja += 64) {
  let f_2 = arg1[i_0 + ja];
  for (var ia = 0; ia < 3; ia += 1) {
   let i_3 = ja + 5 * ia;
   rows[i_3] = select(select(0.0f, f_2, ia < ja), 2.0f, ia == ja);
  }
 }
 let i_4 = 6 * group;
 for (var jb = lane; jb < 2; jb += 64) {
  let i_5 = i_4 + jb;
  for (var ib = 0; ib < 3; ib += 1) {
   let i_8 = jb + 5 * ib;
   rows[i_8 + 3] = f32(arg0[i_5 + 2 * ib]);
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 3; k += 1) {
  let i_9 = 6 * k;
  let pivot = rows[i_9];
  let i_10 = lane + k;
  let i_11 = 5 * k;
  for (var j = i_10 + 1; j < 5; j += 64) {
   let factor = rows[i_11 + j] / pivot;
   for (var i = 0; i < 3; i += 1) {
    let i_14 = j + 5 * i;
    let i_15 = k + 5 * i;
    if (!(i == k)) {
     rows[i_14] -= rows[i_15] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 2; jx += 64) {
  let i_19 = i_4 + jx;
  for (var ix = 0; ix < 3; ix += 1) {
   let i_16 = jx + 5 * ix;
   let i_17 = 6 * ix;
   out[i_19 + 2 * ix] = rows[i_16 + 3] / rows[i_17];
  }
 }
}
