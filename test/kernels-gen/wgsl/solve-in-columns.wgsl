@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 4080>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 2u);
 let chunk = group - i_0 * 2;
 let i_1 = 48 * i_0;
 for (var ja = lane; ja < 48; ja += 64) {
  let f_3 = arg1[i_1 + ja];
  for (var ia = 0; ia < 48; ia += 1) {
   let i_4 = ja + 85 * ia;
   rows[i_4] = select(select(0.0f, f_3, ia < ja), 2.0f, ia == ja);
  }
 }
 let i_5 = 37 * chunk;
 let i_7 = 37 * chunk + 1824 * i_0;
 for (var jb = lane; jb < 37; jb += 64) {
  let i_6 = i_5 + jb;
  let i_8 = i_7 + jb;
  for (var ib = 0; ib < 48; ib += 1) {
   let i_11 = jb + 85 * ib;
   rows[i_11 + 48] = select(0.0f, arg0[min(u32(i_8 + 38 * ib), 3647)], i_6 < 38);
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 48; k += 1) {
  let i_12 = 86 * k;
  let pivot = rows[i_12];
  let i_13 = lane + k;
  let i_14 = 85 * k;
  for (var j = i_13 + 1; j < 85; j += 64) {
   let factor = rows[i_14 + j] / pivot;
   for (var i = 0; i < 48; i += 1) {
    let i_17 = j + 85 * i;
    let i_18 = k + 85 * i;
    if (!(i == k)) {
     rows[i_17] -= rows[i_18] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 37; jx += 64) {
  let i_23 = i_7 + jx;
  if ((i_5 + jx) < 38) {
   for (var ix = 0; ix < 48; ix += 1) {
    let i_20 = jx + 85 * ix;
    let i_21 = 86 * ix;
    out[i_23 + 38 * ix] = rows[i_20 + 48] / rows[i_21];
   }
  }
 }
}
