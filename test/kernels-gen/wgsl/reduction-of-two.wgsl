@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = 0.0f;
 let i_2 = 300 * group;
 for (var k0 = lane; k0 < 300; k0 += 64) {
  acc += arg1[group + 5 * k0] * arg0[i_2 + k0];
 }
 part[lane] = acc;
 workgroupBarrier();
 if (lane < 32) {
  part[lane] += part[lane + 32];
 }
 workgroupBarrier();
 if (lane < 16) {
  part[lane] += part[lane + 16];
 }
 workgroupBarrier();
 if (lane < 8) {
  part[lane] += part[lane + 8];
 }
 workgroupBarrier();
 if (lane < 4) {
  part[lane] += part[lane + 4];
 }
 workgroupBarrier();
 if (lane < 2) {
  part[lane] += part[lane + 2];
 }
 workgroupBarrier();
 if (lane < 1) {
  part[lane] += part[lane + 1];
 }
 workgroupBarrier();
 if (lane < 1) {
  acc = part[lane];
  out[group] = acc;
 }
}
