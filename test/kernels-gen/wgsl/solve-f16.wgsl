@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 if (i_0 < 18) {
  let i_1 = i32(u32(i_0) / 3u);
  let i_3 = i_1 - i32(u32(i_1) / 3u) * 3;
  let i_4 = i_0 - i_1 * 3;
  out[i_0] = select(select(0.0f, arg0[3 * i32(u32(i_0) / 9u) + i_4], i_3 < i_4), 2.0f, i_3 == i_4);
 }
}

enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f16>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 15>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / u32(1));
 let chunk = group - i_0 * 1;
 let i_1 = 9 * i_0;
 for (var ja = lane; ja < 3; ja += 64) {
  let i_2 = i_1 + ja;
  for (var ia = 0; ia < 3; ia += 1) {
   let i_5 = ja + 5 * ia;
   rows[i_5] = arg0[i_2 + 3 * ia];
  }
 }
 let i_6 = 2 * chunk + 6 * i_0;
 for (var jb = lane; jb < 2; jb += 64) {
  let i_7 = i_6 + jb;
  for (var ib = 0; ib < 3; ib += 1) {
   let i_10 = jb + 5 * ib;
   rows[i_10 + 3] = f32(arg1[i_7 + 2 * ib]);
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 3; k += 1) {
  let i_11 = 6 * k;
  var pivot = rows[i_11];
  let i_12 = lane + k;
  let i_13 = 5 * k;
  for (var j = i_12 + 1; j < 5; j += 64) {
   var factor = rows[i_13 + j] / pivot;
   for (var i = 0; i < 3; i += 1) {
    let i_16 = k + 5 * i;
    let i_17 = j + 5 * i;
    if (!(i == k)) {
     rows[i_17] -= rows[i_16] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 2; jx += 64) {
  let i_21 = i_6 + jx;
  for (var ix = 0; ix < 3; ix += 1) {
   let i_18 = jx + 5 * ix;
   let i_19 = 6 * ix;
   out[i_21 + 2 * ix] = rows[i_18 + 3] / rows[i_19];
  }
 }
}
