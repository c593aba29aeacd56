@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((4225 * tokens) + 63) / 64) { return; }
 let i_0 = 64 * group + lane;
 if (i_0 < (4225 * tokens)) {
  let i_2 = i32(u32(i_0) / 65u);
  let i_4 = i_2 - i32(u32(i_2) / 65u) * 65;
  let i_5 = i_0 - i_2 * 65;
  let f_8 = arg0[min(u32(65 * i32(u32(i_0) / 4225u) + i_5), u32((65 * tokens)) - 1u)];
  out[i_0] = select(select(0.0f, f_8, i_4 < i_5), 2.0f, i_4 == i_5);
 }
}

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
 let system = i32(u32(group) / u32(max(1, 1)));
 let first = 0;
 let width = 65 + 3;
 let base = system * 65 * width;
 for (var j = lane; j < width; j += 256) {
  for (var i = 0; i < 65; i += 1) {
   var x = 0.0f;
   if (j < 65) {
    x = arg0[(system * 65 + i) * 65 + j];
   }
   if (j >= 65 && first + j - 65 < 3) {
    x = arg1[(system * 65 + i) * 3 + first + j - 65];
   }
   scratch[base + i * width + j] = x;
  }
 }
 storageBarrier();
 for (var k = 0; k < 65; k += 1) {
  let pivot = scratch[base + k * width + k];
  for (var j = k + 1 + lane; j < width; j += 256) {
   let factor = scratch[base + k * width + j] / pivot;
   for (var i = 0; i < 65; i += 1) {
    if (i != k) {
     scratch[base + i * width + j] -= scratch[base + i * width + k] * factor;
    }
   }
  }
  storageBarrier();
 }
 for (var j = lane; j < min(3, 3 - first); j += 256) {
  for (var i = 0; i < 65; i += 1) {
   out[(system * 65 + i) * 3 + first + j] = scratch[base + i * width + 65 + j] / scratch[base + i * width + i];
  }
 }
}
