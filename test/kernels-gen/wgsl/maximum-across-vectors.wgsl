@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let n = lane & 7;
 let i_0 = 8 * group + n;
 let s = lane >> 3;
 var acc = -exp(arg0[i_0 + 512 * s]);
 for (var k0 = s; k0 < 130; k0 += 32) {
  acc = max(acc, -exp(arg0[i_0 + 512 * k0]));
 }
 let i_7 = n + 8 * s;
 part[i_7] = acc;
 workgroupBarrier();
 if (s < 16) {
  part[i_7] = max(part[i_7], part[i_7 + 128]);
 }
 workgroupBarrier();
 if (s < 8) {
  part[i_7] = max(part[i_7], part[i_7 + 64]);
 }
 workgroupBarrier();
 if (s < 4) {
  part[i_7] = max(part[i_7], part[i_7 + 32]);
 }
 workgroupBarrier();
 if (s < 2) {
  part[i_7] = max(part[i_7], part[i_7 + 16]);
 }
 workgroupBarrier();
 if (s < 1) {
  part[i_7] = max(part[i_7], part[i_7 + 8]);
 }
 workgroupBarrier();
 if (s < 1) {
  acc = part[i_7];
  out[i_0] = acc;
 }
}
