@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (20 + 63) / 64) { return; }
 let at = group * 64 + (lane & 63);
 let i_0 = min(at, 20 - 1);
 let i_1 = i_0 >> 2;
 let i2 = i_0 - i_1 * 4;
 var acc = 0.0f;
 let i_2 = i_1 + 5 * i2;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  acc = acc + arg0[i_2 + 20 * k0];
 }
 let f_5 = arg1[i2];
 if (lane < 64 && at < 20) {
  out[4 * i_1 + i2] = acc + f_5;
 }
}
