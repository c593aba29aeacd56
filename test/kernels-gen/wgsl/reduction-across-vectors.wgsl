@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let n = lane & 7;
 let i_0 = 8 * group + n;
 let i_1 = min(i_0, 515);
 let s = lane >> 3;
 var acc = 0.0f;
 for (var k0 = s; k0 < tokens; k0 += 32) {
  let i_2 = i_1 + 516 * k0;
  acc += arg0[i_2] * arg1[i_2];
 }
 let i_5 = n + 8 * s;
 part[i_5] = acc;
 workgroupBarrier();
 if (s < 16) {
  part[i_5] += part[i_5 + 128];
 }
 workgroupBarrier();
 if (s < 8) {
  part[i_5] += part[i_5 + 64];
 }
 workgroupBarrier();
 if (s < 4) {
  part[i_5] += part[i_5 + 32];
 }
 workgroupBarrier();
 if (s < 2) {
  part[i_5] += part[i_5 + 16];
 }
 workgroupBarrier();
 if (s < 1) {
  part[i_5] += part[i_5 + 8];
 }
 workgroupBarrier();
 if (s < 1) {
  acc = part[i_5];
  if (i_0 < 516) {
   out[i_1] = acc;
  }
 }
}
