@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = i32(u32(i_0) / 48u);
 let i_3 = i_1 - i32(u32(i_1) / 48u) * 48;
 let i_4 = i_0 - i_1 * 48;
 out[i_0] = select(select(0.0f, arg0[48 * i32(u32(i_0) / 2304u) + i_4], i_3 < i_4), 2.0f, i_3 == i_4);
}

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
 let i_1 = 2304 * i_0;
 for (var ja = lane; ja < 48; ja += 64) {
  let i_2 = i_1 + ja;
  for (var ia = 0; ia < 48; ia += 1) {
   let i_5 = ja + 85 * ia;
   rows[i_5] = arg0[i_2 + 48 * ia];
  }
 }
 let i_6 = 37 * chunk;
 let i_8 = 37 * chunk + 1824 * i_0;
 for (var jb = lane; jb < 37; jb += 64) {
  let i_7 = i_6 + jb;
  let i_9 = i_8 + jb;
  for (var ib = 0; ib < 48; ib += 1) {
   let i_12 = jb + 85 * ib;
   rows[i_12 + 48] = select(0.0f, arg1[min(u32(i_9 + 38 * ib), 3647)], i_7 < 38);
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 48; k += 1) {
  let i_13 = 86 * k;
  let pivot = rows[i_13];
  let i_14 = lane + k;
  let i_15 = 85 * k;
  for (var j = i_14 + 1; j < 85; j += 64) {
   let factor = rows[i_15 + j] / pivot;
   for (var i = 0; i < 48; i += 1) {
    let i_18 = j + 85 * i;
    let i_19 = k + 85 * i;
    if (!(i == k)) {
     rows[i_18] -= rows[i_19] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var jx = lane; jx < 37; jx += 64) {
  let i_24 = i_8 + jx;
  if ((i_6 + jx) < 38) {
   for (var ix = 0; ix < 48; ix += 1) {
    let i_21 = jx + 85 * ix;
    let i_22 = 86 * ix;
    out[i_24 + 38 * ix] = rows[i_21 + 48] / rows[i_22];
   }
  }
 }
}
