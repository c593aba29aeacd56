@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (18 + 63) / 64) { return; }
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
 let i_0 = (2 + 1) / 2;
 if (group >= 2 * i_0) { return; }
 let system = i32(u32(group) / u32(max(i_0, 1)));
 let first = (group - system * i_0) * 2;
 let width = 3 + 2;
 let base = 0;
 for (var j = lane; j < width; j += 64) {
  for (var i = 0; i < 3; i += 1) {
   var x = 0.0f;
   if (j < 3) {
    x = arg0[(system * 3 + i) * 3 + j];
   }
   if (j >= 3 && first + j - 3 < 2) {
    x = f32(arg1[(system * 3 + i) * 2 + first + j - 3]);
   }
   rows[base + i * width + j] = x;
  }
 }
 workgroupBarrier();
 for (var k = 0; k < 3; k += 1) {
  let pivot = rows[base + k * width + k];
  for (var j = k + 1 + lane; j < width; j += 64) {
   let factor = rows[base + k * width + j] / pivot;
   for (var i = 0; i < 3; i += 1) {
    if (i != k) {
     rows[base + i * width + j] -= rows[base + i * width + k] * factor;
    }
   }
  }
  workgroupBarrier();
 }
 for (var j = lane; j < min(2, 2 - first); j += 64) {
  for (var i = 0; i < 3; i += 1) {
   out[(system * 3 + i) * 2 + first + j] = rows[base + i * width + 3 + j] / rows[base + i * width + i];
  }
 }
}
