@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 24>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (5 + 4) / 5;
 if (group >= 2 * i_0) { return; }
 let system = i32(u32(group) / u32(max(i_0, 1)));
 let first = (group - system * i_0) * 5;
 let width = 3 + 5;
 let base = 0;
 for (var j = lane; j < width; j += 64) {
  for (var i = 0; i < 3; i += 1) {
   var x = 0.0f;
   if (j < 3) {
    x = arg0[(system * 3 + i) * 3 + j];
   }
   if (j >= 3 && first + j - 3 < 5) {
    let flat1 = (system * 3 + i) * 5 + first + j - 3;
    let i_1 = flat1 >> 2;
    let i_3 = flat1 & 3;
    let i_6 = i32(u32(flat1) / 5u);
    x = f32(bitcast<i32>(arg1[i_1] << u32(-8 * i_3 + 24)) >> 24) * bitcast<f32>(arg1[i_6 + 8]);
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
 for (var j = lane; j < min(5, 5 - first); j += 64) {
  for (var i = 0; i < 3; i += 1) {
   out[(system * 3 + i) * 5 + first + j] = rows[base + i * width + 3 + j] / rows[base + i * width + i];
  }
 }
}
