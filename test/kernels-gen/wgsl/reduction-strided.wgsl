@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (5 + 7) / 8) { return; }
 let at = group * 8 + (lane & 7);
 let i_0 = min(at, 5 - 1);
 let i_1 = lane >> 3;
 var acc = 0.0f;
 let i_2 = 601 * i_0;
 for (var k0 = i_1; k0 < 300; k0 += 32) {
  acc = acc + arg0[i_2 + 2 * k0 + 1];
 }
 partial[lane] = acc;
 workgroupBarrier();
 for (var half = 16; half > 0; half = half >> 1) {
  if (lane < half * 8) {
   partial[lane] = partial[lane] + partial[lane + half * 8];
  }
  workgroupBarrier();
 }
 acc = partial[lane];
 if (lane < 8 && at < 5) {
  out[i_0] = acc;
 }
}
