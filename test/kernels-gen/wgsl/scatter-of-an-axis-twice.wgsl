@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (18 + 63) / 64) { return; }
 let at = group * 64 + lane;
 let i_0 = min(at, 18 - 1);
 let i_1 = i32(u32(i_0) / u32(6));
 let o1 = i_0 - i_1 * 6;
 var acc = 0.0f;
 for (var k0 = 0; k0 < 2; k0 += 1) {
  let i_2 = i_1 + 3 * k0;
  let f_3 = arg0[i_2];
  if ((i_2 == o1)) {
   acc += f_3;
  }
 }
 if (at < 18) {
  out[at] = acc;
 }
}
