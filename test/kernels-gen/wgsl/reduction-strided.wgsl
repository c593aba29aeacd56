@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let n = lane & 7;
 let i_0 = min(n, 4);
 let s = lane >> 3;
 var acc = 0.0f;
 let i_1 = 601 * i_0;
 for (var k0 = s; k0 < 300; k0 += 32) {
  acc += arg0[i_1 + 2 * k0 + 1];
 }
 let i_4 = n + 8 * s;
 part[i_4] = acc;
 workgroupBarrier();
 if (s < 16) {
  part[i_4] += part[i_4 + 128];
 }
 workgroupBarrier();
 if (s < 8) {
  part[i_4] += part[i_4 + 64];
 }
 workgroupBarrier();
 if (s < 4) {
  part[i_4] += part[i_4 + 32];
 }
 workgroupBarrier();
 if (s < 2) {
  part[i_4] += part[i_4 + 16];
 }
 workgroupBarrier();
 if (s < 1) {
  part[i_4] += part[i_4 + 8];
 }
 workgroupBarrier();
 if (s < 1) {
  acc = part[i_4];
  if (n < 5) {
   out[i_0] = acc;
  }
 }
}
